import { chmod, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { openArchive } from '../../service/archive/index.js';
import { ConfigError, createLog, loadConfig, systemClock } from '../../service/platform/index.js';
import { archivedRun, temporaryDirectories } from './fixtures.js';

const newDirectory = temporaryDirectories();
const full = vi.hoisted(() => ({ code: '' }));
vi.mock(import('node:fs'), async (original) => {
  const fs = await original();
  return {
    ...fs,
    openSync: (...args: Parameters<typeof fs.openSync>) => {
      if (full.code !== '') throw Object.assign(new Error(full.code), { code: full.code });
      return fs.openSync(...args);
    },
  };
});

const open = (directory: string) => {
  const warned: string[] = [];
  const env = { ASSAY_ARCHIVE_DIR: directory };
  const log = createLog({ level: 'warn', destination: { write: (line) => void warned.push(line) } });
  const { config } = loadConfig({ env });
  return { archive: openArchive(config, { env, clock: systemClock, log }), warned };
};

it('a directory that is not there yet is made at the start, and left empty', async () => {
  const directory = join(await newDirectory(), 'made', 'here');
  const { archive, warned } = open(directory);
  expect(await readdir(directory)).toEqual([]);
  await archive?.keep(archivedRun('a'));
  expect(await archive?.find('a')).toBeDefined();
  await archive?.close();
  expect(warned).toEqual([]);
});

it('a directory that can never be written to is refused at the start, with why', async () => {
  const directory = await newDirectory();
  const file = join(directory, 'file');
  await writeFile(file, '');
  const dark = join(directory, 'dark');
  await mkdir(dark);
  await chmod(dark, 0o500);
  const refusal = (path: string): unknown => {
    try {
      open(path);
      return undefined;
    } catch (error) {
      return error instanceof ConfigError ? error.problems : error;
    }
  };
  for (const [path, code] of [
    [file, 'EEXIST'],
    [join(file, 'below'), 'ENOTDIR'],
    ['/dev/null', 'EEXIST'],
    ['/proc/assay', 'ENOENT'],
    ['/proc/assay/archive', 'ENOENT'],
    ['/proc', 'ENOENT'],
    // Whoever is root may write everywhere.
    ...(process.getuid?.() === 0 ? [] : [[dark, 'EACCES'] as const]),
  ] as const)
    expect(refusal(path)).toEqual([
      `ASSAY_ARCHIVE_DIR: runs can not be kept in ${path} (${code}): it must be a directory that the service may read and write`,
    ]);
});

it.each(['EROFS', 'EACCES'])('a directory that is read-only (%s) is refused at the start', async (code) => {
  full.code = code;
  try {
    const directory = await newDirectory();
    expect(() => open(directory)).toThrow(ConfigError);
  } finally {
    full.code = '';
  }
});

it('a disk that is full is only told of: it may have room again', async () => {
  full.code = 'ENOSPC';
  const directory = await newDirectory();
  try {
    const { archive, warned } = open(directory);
    expect(warned.join()).toContain('the archive can not be written to yet');
    full.code = '';
    await archive?.keep(archivedRun('a'));
    await archive?.close();
  } finally {
    full.code = '';
  }
});
