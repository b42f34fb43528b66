import { join } from 'node:path';
import { usageError } from '../exit-code.js';
import type { CliIo } from '../io.js';

/** Files with documents, by the end of their names. */
const WITH_DOCUMENTS = /\.(?:ya?ml|json)$/i;

/**
 * The files that a path names: itself, or the YAML and JSON files that stand in the directory, by name. Directories in it
 * are not looked into.
 * @throws CliError (64) when there are none in a directory.
 */
export async function filesOf(path: string, { namesIn }: Pick<CliIo, 'namesIn'>): Promise<readonly string[]> {
  const names = path === '-' ? undefined : await namesIn?.(path);
  if (names === undefined) return [path];
  const files = names.filter((name) => WITH_DOCUMENTS.test(name)).sort();
  if (files.length === 0) throw usageError(`${path}: there is no .yaml, .yml or .json file in it`);
  return files.map((name) => join(path, name));
}
