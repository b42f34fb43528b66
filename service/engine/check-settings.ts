import { type Config, ConfigError, type NameOf, readCaFile } from '../platform/index.js';

/** What is wrong with what settings name for the engine, each under the name of its setting. */
export function checkEngineSettings({ redisCaFile }: Config, nameOf: NameOf): readonly string[] {
  if (redisCaFile === undefined) return [];
  try {
    readCaFile(redisCaFile, nameOf('redisCaFile'));
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems;
  }
}
