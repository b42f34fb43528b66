import { accessSync, constants, statSync } from 'node:fs';
import type { ConfigKey } from '../schemas/index.js';
import { signingKeys, SigningSecretError } from './delivery/index.js';
import { type Config, ConfigError, readCaFile } from './platform/index.js';
import { readPlugins, readServers } from './providers/index.js';

type NameOf = (key: ConfigKey) => string;

/**
 * What is wrong with the files, directories and secrets that settings name, each under the name of its setting. Looked at
 * together before anything is opened, so that all of it is told at once.
 */
export function checkSettings(config: Config, nameOf: NameOf): readonly string[] {
  return [
    ...directoryProblems(config, nameOf),
    ...secretProblems(config, nameOf),
    ...caProblems(config, nameOf),
    ...providerProblems(config),
  ];
}

/** What is asked for and not there must not be taken for granted: above all that requests are authenticated. */
export function missingFeatures(
  { tokensFile, maxRunsPerNamespace }: Config,
  nameOf: NameOf,
): readonly string[] {
  return [
    ...(tokensFile === undefined
      ? []
      : [`${nameOf('tokensFile')}: this version can not authenticate requests`]),
    ...(maxRunsPerNamespace === undefined
      ? []
      : [`${nameOf('maxRunsPerNamespace')}: this version has no quotas`]),
  ];
}

function directoryProblems(config: Config, nameOf: NameOf): readonly string[] {
  return (['templatesDir', 'secretsDir'] as const).flatMap((key) => {
    const path = config[key];
    const problem = path === undefined ? undefined : directoryProblem(path);
    return problem === undefined ? [] : [`${nameOf(key)}: ${path} ${problem}`];
  });
}

function directoryProblem(path: string): string | undefined {
  try {
    if (!statSync(path).isDirectory()) return 'is no directory';
    accessSync(path, constants.R_OK | constants.X_OK);
    return undefined;
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    return `can not be read: ${reason}`;
  }
}

function secretProblems({ webhookSecret }: Config, nameOf: NameOf): readonly string[] {
  if (webhookSecret === undefined) return [];
  try {
    signingKeys(webhookSecret.reveal());
    return [];
  } catch (error) {
    if (!(error instanceof SigningSecretError)) throw error;
    return [`${nameOf('webhookSecret')}: ${error.message} (the value is not shown)`];
  }
}

function caProblems({ caFile }: Config, nameOf: NameOf): readonly string[] {
  return caFile === undefined ? [] : problemsOf(() => readCaFile(caFile, nameOf('caFile')));
}

function providerProblems({ providersFile }: Config): readonly string[] {
  return providersFile === undefined
    ? []
    : problemsOf(() => readPlugins(providersFile, readServers(providersFile)));
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
