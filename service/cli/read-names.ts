import type { ProviderConfigs } from '../../schemas/index.js';
import { loadConfig } from '../platform/index.js';
import { readProviderFile } from '../providers/index.js';

/**
 * A door of `cli/` like `embedded.ts`: loaded where there is a configuration.
 *
 * The servers and plugins that the configuration of the environment has. Undefined: it names no file of them.
 * @throws ConfigError when a setting or the file can not be used.
 */
export function readNames(env: Readonly<Record<string, string | undefined>>): ProviderConfigs | undefined {
  const { providersFile } = loadConfig({ env }).config;
  return providersFile === undefined ? undefined : readProviderFile(providersFile);
}
