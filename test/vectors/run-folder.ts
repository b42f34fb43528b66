import { readdir, readFile } from 'node:fs/promises';
import { join, sep } from 'node:path';
import type { CaseResult, VectorRunner } from './runner.js';

/** The results of one vector file, in the order of its cases. */
export interface FileResult {
  readonly path: string;
  readonly results: readonly CaseResult[];
}

/**
 * Runs every .json file of a folder (subfolders too) through the first runner that knows it. Rejects when a file
 * has no runner or no cases, or when there is no file at all: what was not run must not look like agreement.
 */
export async function* runFolder(
  folder: string,
  runners: readonly VectorRunner[],
): AsyncGenerator<FileResult> {
  const entries = await readdir(folder, { recursive: true });
  const paths = entries.filter((path) => path.endsWith('.json')).sort();
  if (paths.length === 0) throw new Error(`${folder} has no vector files`);
  for (const file of paths) {
    const path = file.split(sep).join('/');
    const runner = runners.find((known) => known.file.test(path));
    if (runner === undefined) throw new Error(`${path}: no runner knows this vector file`);
    const json: unknown = JSON.parse(await readFile(join(folder, file), 'utf8'));
    const results: CaseResult[] = [];
    for await (const result of await runner.run({ path, json })) results.push(result);
    if (results.length === 0) throw new Error(`${path} has no cases`);
    yield { path, results };
  }
}
