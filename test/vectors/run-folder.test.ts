import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runFolder } from './run-folder.js';
import type { VectorRunner } from './runner.js';

const echo: VectorRunner = {
  file: /^echo\.json$/,
  run: ({ json }) =>
    Promise.resolve(
      Array.isArray(json)
        ? json.map((id) => ({ id: String(id), group: 'g', outcome: 'agree' as const }))
        : [],
    ),
};

describe('running a folder of vectors', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'vectors-'));
  });
  afterEach(async () => {
    await rm(folder, { recursive: true });
  });
  const run = async (): Promise<string[]> => {
    const ids: string[] = [];
    for await (const { path, results } of runFolder(folder, [echo]))
      ids.push(...results.map((result) => `${path} ${result.id}`));
    return ids;
  };

  it('gives the results of each file by its path', async () => {
    await writeFile(join(folder, 'echo.json'), '["a", "b"]');
    await writeFile(join(folder, 'notes.md'), 'no vectors');
    expect(await run()).toEqual(['echo.json a', 'echo.json b']);
  });

  it('refuses a folder without vectors', async () => {
    await expect(run()).rejects.toThrow('has no vector files');
  });

  it('refuses a file that no runner knows', async () => {
    await writeFile(join(folder, 'other.json'), '[]');
    await expect(run()).rejects.toThrow('other.json: no runner knows this vector file');
  });

  it('refuses a file without cases', async () => {
    await writeFile(join(folder, 'echo.json'), '[]');
    await expect(run()).rejects.toThrow('echo.json has no cases');
  });
});
