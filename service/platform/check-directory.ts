import { accessSync, constants, statSync } from 'node:fs';
import type { ConfigKey } from '../../schemas/index.js';
import type { Config, NameOf } from './config.js';

/** What is wrong with the directory that a setting names: nothing, or one text with the name of the setting and why. */
export function checkDirectory(
  config: Config,
  key: ConfigKey & ('templatesDir' | 'secretsDir'),
  nameOf: NameOf,
): readonly string[] {
  const path = config[key];
  const problem = path === undefined ? undefined : problemOf(path);
  return problem === undefined ? [] : [`${nameOf(key)}: ${path} ${problem}`];
}

function problemOf(path: string): string | undefined {
  try {
    if (!statSync(path).isDirectory()) return 'is no directory';
    accessSync(path, constants.R_OK | constants.X_OK);
    return undefined;
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    return `can not be read: ${reason}`;
  }
}
