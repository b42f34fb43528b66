import { checkDirectory, type Config, ConfigError, type NameOf, readCaFile } from '../platform/index.js';
import { readServers } from './named/read-servers.js';
import { readPlugins } from './plugin/read-plugins.js';

/**
 * What is wrong with what settings name for measurements (secrets, certificates, servers and plugins), each under the name
 * of its setting. Looked at before anything is opened: a directory that is not there would show much later, as a failing
 * measurement.
 */
export function checkProviderSettings(config: Config, nameOf: NameOf): readonly string[] {
  const { caFile, providersFile } = config;
  return [
    ...checkDirectory(config, 'secretsDir', nameOf),
    ...(caFile === undefined ? [] : problemsOf(() => readCaFile(caFile, nameOf('caFile')))),
    ...(providersFile === undefined
      ? []
      : problemsOf(() => readPlugins(providersFile, readServers(providersFile)))),
  ];
}

function problemsOf(read: () => unknown): readonly string[] {
  try {
    read();
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems;
  }
}
