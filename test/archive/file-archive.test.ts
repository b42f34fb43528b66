import {
  appendFile,
  type FileHandle,
  mkdir,
  open,
  readdir,
  readFile,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { ArchivedRun } from '../../schemas/index.js';
import { createFileArchive, type FileArchiveOptions } from '../../service/archive/index.js';
import { KnownIndexes } from '../../service/archive/jsonl/known-indexes.js';
import { hashOf } from '../../service/archive/jsonl/lines.js';
import { OpenFiles } from '../../service/archive/jsonl/open-files.js';
import { ArchiveDamagedError, ArchiveError, type RunArchive } from '../../service/engine/index.js';
import { createLog } from '../../service/platform/index.js';
import { archivedRun, temporaryDirectories } from './fixtures.js';

const HOUR_MS = 3_600_000;
const START_MS = Date.UTC(2026, 0, 2);
const newDirectory = temporaryDirectories();
const opened: RunArchive[] = [];
afterEach(async () => {
  for (const archive of opened.splice(0)) await archive.close();
});

const begin = (directory: string, options: Partial<FileArchiveOptions> = {}) => {
  const warned: string[] = [];
  const log = createLog({ level: 'warn', destination: { write: (line) => void warned.push(line) } });
  const time = { nowMs: START_MS };
  const archive = createFileArchive({
    ...{ directory, log, maxBytes: 1_000_000, maxAgeMs: 24 * HOUR_MS },
    clock: { nowMs: () => time.nowMs },
    ...options,
  });
  opened.push(archive);
  return { archive, warned, time };
};
const filesOf = async (directory: string) =>
  (await readdir(directory)).filter((name) => name.endsWith('.jsonl'));
const indexesOf = async (directory: string) =>
  (await readdir(directory)).filter((name) => name.endsWith('.index'));
/** Changes one byte of a file: the first of `within`, to one that no JSON text has. */
const damage = async (path: string, within: string): Promise<void> => {
  const text = await readFile(path, 'utf8');
  const at = text.indexOf(within);
  expect(at).toBeGreaterThan(0);
  await writeFile(path, `${text.slice(0, at)}\u0001${text.slice(at + 1)}`);
};
const linesOf = async (directory: string): Promise<string[]> => {
  const texts = await Promise.all(
    (await filesOf(directory)).map((name) => readFile(join(directory, name), 'utf8')),
  );
  return texts.join('').split('\n').slice(0, -1);
};

describe('an archive of files', () => {
  it('finds what it keeps, also after it was closed, and by another process', async () => {
    const directory = join(await newDirectory(), 'made', 'when needed');
    const { archive } = begin(directory);
    expect(await archive.find('a')).toBeUndefined();
    await archive.keep(archivedRun('a', { requestedBy: 'ci' }));
    await archive.keep(archivedRun('b'));
    const other = begin(directory).archive;
    for (const reader of [archive, other]) {
      expect(await reader.find('a')).toEqual(archivedRun('a', { requestedBy: 'ci' }));
      expect(await reader.find('c')).toBeUndefined();
    }
    await archive.keep(archivedRun('c'));
    expect(await other.find('c')).toBeDefined();
    await archive.close();
    expect(await indexesOf(directory)).toHaveLength(1);
    for (const id of ['a', 'b', 'c']) expect((await other.find(id))?.id).toBe(id);
    expect(await other.find('d')).toBeUndefined();
  });

  it('deletes files when their time is up, whoever wrote them, and nothing else', async () => {
    const directory = await newDirectory();
    const DAY_MS = 24 * HOUR_MS;
    const { archive: first } = begin(directory);
    await first.keep(archivedRun('old', { archivedAt: '2026-01-02T23:30:00Z' }));
    await first.close();
    for (const name of ['notes.jsonl', 'runs-other.jsonl.index', 'README'])
      await writeFile(join(directory, name), 'x');
    await writeFile(join(directory, 'runs-20251225T000000000Z-x.jsonl.index.7.tmp'), 'x');
    const { archive, time } = begin(directory, { keptMs: 30 * DAY_MS });
    await archive.keep(archivedRun('young'));
    expect(await archive.find('old')).toBeDefined();
    time.nowMs = START_MS + 31 * DAY_MS - HOUR_MS;
    expect(await archive.find('old')).toBeDefined();
    // A day in which it may be written to, and an hour by which clocks may differ.
    time.nowMs = START_MS + 31 * DAY_MS + HOUR_MS;
    await archive.keep(archivedRun('newer'));
    await vi.waitFor(async () => {
      expect(await readdir(directory)).not.toContain('runs-20251225T000000000Z-x.jsonl.index.7.tmp');
    });
    expect(await archive.find('old')).toBeUndefined();
    expect(await filesOf(directory)).toHaveLength(4);
    const newest = { archivedAt: new Date(time.nowMs).toISOString() };
    time.nowMs += HOUR_MS;
    await archive.keep(archivedRun('newest', newest));
    await archive.close();
    expect((await archive.find('newest'))?.id).toBe('newest');
    const left = await readdir(directory);
    expect(left).toEqual(expect.arrayContaining(['notes.jsonl', 'runs-other.jsonl.index', 'README']));
    expect(left.filter((name) => name.startsWith('runs-202'))).toHaveLength(2);
  });

  it('does not find a run again that was forgotten when the mark goes before it', async () => {
    const directory = await newDirectory();
    const keptMs = 30 * 24 * HOUR_MS;
    const { archive: other, time: othersTime } = begin(directory, { keptMs });
    // Begins the file that the mark comes to stand in, half a day before that of the run.
    await other.keep(archivedRun('other'));
    const { archive, time } = begin(directory, { keptMs });
    time.nowMs = START_MS + 12 * HOUR_MS;
    await archive.keep(archivedRun('a', { archivedAt: new Date(time.nowMs).toISOString() }));
    othersTime.nowMs = START_MS + 13 * HOUR_MS;
    await other.forget('a', 'of-a');
    await archive.close();
    await other.close();
    const { archive: later, time: latersTime } = begin(directory, { keptMs });
    latersTime.nowMs = START_MS + keptMs + 30 * HOUR_MS;
    await later.keep(archivedRun('b'));
    await vi.waitFor(async () => {
      expect(await filesOf(directory)).toHaveLength(2);
    });
    expect(await linesOf(directory)).toEqual(expect.arrayContaining([expect.stringContaining('"id":"a"')]));
    expect(await later.find('a')).toBeUndefined();
  });

  it('keeps files for good unless it is told otherwise, and goes on when one can not be deleted', async () => {
    const directory = await newDirectory();
    const { archive, time } = begin(directory);
    await archive.keep(archivedRun('old'));
    time.nowMs += 10_000 * 24 * HOUR_MS;
    await archive.keep(archivedRun('new'));
    expect(await archive.find('old')).toBeDefined();
    await mkdir(join(directory, 'runs-20200101T000000000Z-x.jsonl'));
    const { archive: deleting, warned } = begin(directory, { keptMs: 1 });
    await deleting.keep(archivedRun('another'));
    await deleting.close();
    expect(warned.join()).toContain('old files of the archive can not be deleted');
  });

  it('reads no file for a run that none has, but those that are still written to', async () => {
    const directory = await newDirectory();
    const { archive: first } = begin(directory);
    for (const id of ['a', 'b', 'c']) await first.keep(archivedRun(id));
    await first.close();
    const { archive } = begin(directory);
    expect((await archive.find('a'))?.id).toBe('a');
    const [index = ''] = await indexesOf(directory);
    const text = await readFile(join(directory, index));
    await rm(join(directory, index));
    await mkdir(join(directory, index));
    expect(await archive.find('new')).toBeUndefined();
    await expect(archive.find('b')).rejects.toThrow(ArchiveError);
    await expect(begin(directory).archive.find('new')).rejects.toThrow(ArchiveError);
    await rm(join(directory, index), { recursive: true });
    await writeFile(join(directory, index), text);
    expect((await archive.find('b'))?.id).toBe('b');
  });

  it('finds what is in files for whose indexes there is no memory', async () => {
    const directory = await newDirectory();
    const { archive } = begin(directory);
    await archive.keep(archivedRun('a'));
    await archive.close();
    const [name = ''] = await filesOf(directory);
    const indexes = new KnownIndexes(directory, 1);
    expect(await indexes.mayHave(name, hashOf('new'))).toBe(false);
    expect(await indexes.mayHave(name, hashOf('a'))).toBe(true);
    const none = new KnownIndexes(directory, 0);
    expect(await none.mayHave(name, hashOf('new'))).toBe(true);
    // Used up by the first, and there again once that is gone.
    await writeFile(join(directory, 'other.index'), await readFile(join(directory, `${name}.index`)));
    expect(await indexes.mayHave('other', hashOf('new'))).toBe(true);
    indexes.keepOnly(new Set());
    expect(await indexes.mayHave('other', hashOf('new'))).toBe(false);
  });

  it('lets nobody but the owner read the files', async () => {
    const directory = join(await newDirectory(), 'archive');
    const { archive } = begin(directory);
    await archive.keep(archivedRun('a'));
    await archive.close();
    expect((await stat(directory)).mode & 0o777).toBe(0o700);
    for (const name of await readdir(directory))
      expect((await stat(join(directory, name))).mode & 0o777).toBe(0o600);
  });

  it('answers with what was kept last of a run, in whatever order it came to be written', async () => {
    const directory = await newDirectory();
    const [one, other] = [begin(directory).archive, begin(directory).archive];
    await one.keep(archivedRun('a', { version: 2, archivedAt: 'second' }));
    await other.keep(archivedRun('a', { version: 1, archivedAt: 'first' }));
    await other.close();
    expect((await one.find('a'))?.archivedAt).toBe('second');
    // Another run that got the id later.
    await other.keep(archivedRun('a', { incarnation: 'later', createdAtMs: 1_700_000_000_001 }));
    expect((await one.find('a'))?.incarnation).toBe('later');
  });

  it('does not find a run that was forgotten, even if it is kept only afterwards, and still has it', async () => {
    const directory = await newDirectory();
    const { archive } = begin(directory);
    await archive.keep(archivedRun('a'));
    await archive.forget('a', 'of-a');
    await archive.keep(archivedRun('a', { version: 3 }));
    expect(await archive.find('a')).toBeUndefined();
    await archive.close();
    expect(await begin(directory).archive.find('a')).toBeUndefined();
    expect(await linesOf(directory)).toHaveLength(3);
    await archive.keep(archivedRun('a', { incarnation: 'another' }));
    expect((await archive.find('a'))?.incarnation).toBe('another');
  });

  it('begins another file by size and by age, and finds runs in each', async () => {
    const directory = await newDirectory();
    const lineBytes = JSON.stringify(archivedRun('a0')).length + 1;
    const { archive, time } = begin(directory, { maxBytes: 3 * lineBytes });
    for (let nth = 0; nth < 9; nth++) {
      time.nowMs += 1;
      await archive.keep(archivedRun(`a${nth}`));
    }
    expect(await filesOf(directory)).toHaveLength(3);
    time.nowMs += 24 * HOUR_MS;
    await archive.keep(archivedRun('next day'));
    expect(await filesOf(directory)).toHaveLength(4);
    expect(await indexesOf(directory)).toHaveLength(3);
    for (let nth = 0; nth < 9; nth++) expect((await archive.find(`a${nth}`))?.id).toBe(`a${nth}`);
    expect(await archive.find('next day')).toBeDefined();
  });

  it('writes what comes at once together, each line whole', async () => {
    const directory = await newDirectory();
    const archives = [begin(directory).archive, begin(directory).archive];
    const ids = Array.from({ length: 200 }, (_, nth) => `run-${nth}`);
    await Promise.all(ids.flatMap((id) => archives.map((archive) => archive.keep(archivedRun(id)))));
    const lines = await linesOf(directory);
    expect(lines).toHaveLength(400);
    expect(new Set(lines.map((line) => (JSON.parse(line) as ArchivedRun).id)).size).toBe(200);
    expect(await filesOf(directory)).toHaveLength(2);
  });

  it('does without the torn last line of a process that was killed, and never writes behind it', async () => {
    const directory = await newDirectory();
    const killed = begin(directory).archive;
    await killed.keep(archivedRun('a'));
    const [torn = ''] = await filesOf(directory);
    await appendFile(join(directory, torn), JSON.stringify(archivedRun('b')).slice(0, 100));
    const { archive, time, warned } = begin(directory);
    expect(await archive.find('a')).toBeDefined();
    expect(await archive.find('b')).toBeUndefined();
    await archive.keep(archivedRun('b'));
    expect(await archive.find('b')).toBeDefined();
    // Nobody writes to a file that is older than a file may get: whoever looks gives it its index.
    time.nowMs += 26 * HOUR_MS;
    expect(await archive.find('a')).toBeDefined();
    expect(await indexesOf(directory)).toContain(`${torn}.index`);
    expect(await archive.find('a')).toBeDefined();
    expect(warned).toEqual([]);
  });

  it('tells of a line that is none of a run, and finds the others', async () => {
    const directory = await newDirectory();
    const { archive, warned } = begin(directory);
    await archive.keep(archivedRun('a'));
    const [name = ''] = await filesOf(directory);
    await appendFile(join(directory, name), `garbage\n${JSON.stringify(archivedRun('b'))}\n`);
    expect(await archive.find('b')).toBeDefined();
    expect(warned.join()).toContain('is none of a run');
  });

  it('reads a line that is none of a run once, though nothing stands behind it', async () => {
    const directory = await newDirectory();
    const { archive } = begin(directory);
    await archive.keep(archivedRun('a'));
    const [name = ''] = await filesOf(directory);
    const path = join(directory, name);
    await appendFile(path, 'garbage\n');
    const told: number[] = [];
    const files = new OpenFiles((_path, offset) => told.push(offset));
    for (let look = 0; look < 3; look++) expect(await files.places(path, 'a')).toHaveLength(1);
    expect(told).toEqual([JSON.stringify(archivedRun('a')).length + 1]);
    await appendFile(path, `${JSON.stringify(archivedRun('b'))}\n`);
    expect(await files.places(path, 'b')).toHaveLength(1);
  });

  it.each([
    ['that is written to', false],
    ['with an index', true],
  ])(
    'uses what is left of a run when a line of a file %s is damaged, and tells of it once',
    async (_which, left) => {
      const directory = await newDirectory();
      const { archive: first } = begin(directory);
      await first.keep(archivedRun('other'));
      await first.keep(archivedRun('a'));
      if (left) await first.close();
      const [name = ''] = await filesOf(directory);
      const path = join(directory, name);
      const offset = JSON.stringify(archivedRun('other')).length + 1;
      const { archive, warned } = begin(directory);
      await damage(path, '"of-a"');
      for (let look = 0; look < 2; look++)
        await expect(archive.find('a')).rejects.toThrow(
          new ArchiveDamagedError(`what was kept of the run "a" is damaged: ${path} at byte ${offset}`),
        );
      expect(warned).toHaveLength(1);
      expect(JSON.parse(warned[0] ?? '')).toMatchObject({ level: 'warn', path, offset });
      expect(await archive.find('other')).toEqual(archivedRun('other'));
      expect(await archive.find('new')).toBeUndefined();
      await archive.keep(archivedRun('a', { version: 1 }));
      expect((await archive.find('a'))?.version).toBe(1);
      expect(warned).toHaveLength(1);
    },
  );

  it.each([
    ['that is written to', false],
    ['with an index', true],
  ])(
    'gives no verdict of a run that had the id before when the newer one in a file %s is damaged',
    async (_which, left) => {
      const directory = await newDirectory();
      const { archive: first } = begin(directory);
      await first.keep(archivedRun('a', { incarnation: 'before' }));
      const { archive: second, time } = begin(directory);
      time.nowMs += 1;
      const { run } = archivedRun('a');
      await second.keep(
        archivedRun('a', {
          ...{ incarnation: 'later', createdAtMs: 1_700_000_000_001 },
          run: { ...run, status: { phase: 'Failed', message: 'x'.repeat(600) } },
        }),
      );
      if (left) await Promise.all([first.close(), second.close()]);
      const [older = '', newer = ''] = (await filesOf(directory)).sort().map((name) => join(directory, name));
      const [olderText, newerText] = [await readFile(older, 'utf8'), await readFile(newer, 'utf8')];
      const lost = new ArchiveDamagedError(`what was kept of the run "a" is damaged: ${newer} at byte 0`);
      // Whatever is left of it to tell them apart by.
      for (const also of ['"spec"', '"later"', '"createdAtMs"']) {
        await damage(newer, '"run"');
        await damage(newer, also);
        await expect(begin(directory).archive.find('a')).rejects.toThrow(lost);
        await writeFile(newer, newerText);
      }
      // One that is damaged itself hides none that came after it, unless it is not known when that was.
      await damage(older, '"before"');
      expect((await begin(directory).archive.find('a'))?.incarnation).toBe('later');
      await damage(older, '"createdAtMs"');
      await expect(begin(directory).archive.find('a')).rejects.toThrow(ArchiveDamagedError);
      await writeFile(older, olderText);
      // One that nobody is to find hides nothing either.
      await damage(newer, '"run"');
      await second.forget('a', 'later');
      expect((await begin(directory).archive.find('a'))?.incarnation).toBe('before');
    },
  );

  it('takes a run for damaged whose line is cut off, is of another id, or is none of a run any more', async () => {
    const directory = await newDirectory();
    const { archive } = begin(directory);
    await archive.keep(archivedRun('a'));
    await archive.close();
    const [name = ''] = await filesOf(directory);
    const path = join(directory, name);
    const text = await readFile(path, 'utf8');
    for (const changed of [
      text.slice(0, 200),
      text.replace('"a"', '"b"'),
      text.replace('"run"', '"rum"'),
      `null${' '.repeat(text.length - 5)}\n`,
    ]) {
      await writeFile(path, changed);
      await expect(begin(directory).archive.find('a')).rejects.toThrow(ArchiveDamagedError);
      await expect(begin(directory).archive.find('b')).resolves.toBeUndefined();
    }
  });

  it.each(['"forgottenAt"', ':', '2026-'])(
    'does not find a run that was forgotten when it or the mark is damaged: %s',
    async (within) => {
      const directory = await newDirectory();
      const { archive } = begin(directory);
      await archive.keep(archivedRun('a'));
      await archive.keep(archivedRun('a', { version: 1 }));
      await archive.close();
      const [runs = ''] = await filesOf(directory);
      const { archive: other, time } = begin(directory);
      time.nowMs += 1;
      await other.forget('a', 'of-a');
      await other.close();
      await damage(join(directory, runs), '"version":1');
      expect(await archive.find('a')).toBeUndefined();
      const [mark = ''] = (await filesOf(directory)).filter((name) => name !== runs);
      await damage(join(directory, mark), within);
      expect(await archive.find('a')).toBeUndefined();
    },
  );

  it('finds runs of more than one read in a file', async () => {
    const directory = await newDirectory();
    const { archive } = begin(directory, { maxBytes: 64_000_000 });
    const large = (id: string): ArchivedRun => ({
      ...archivedRun(id),
      run: { ...archivedRun(id).run, status: { phase: 'Failed', message: 'ü'.repeat(700_000) } },
    });
    for (const id of ['a', 'b', 'c']) await archive.keep(large(id));
    expect((await archive.find('b'))?.run.status?.message).toHaveLength(700_000);
    await archive.close();
    expect(await archive.find('c')).toEqual(large('c'));
  });

  it('goes on when files are taken away', async () => {
    const directory = await newDirectory();
    const { archive } = begin(directory);
    await archive.keep(archivedRun('a'));
    await archive.close();
    await archive.keep(archivedRun('b'));
    const indexed = (await indexesOf(directory)).map((name) => name.replace('.index', ''));
    for (const name of indexed) await rm(join(directory, name));
    expect(await archive.find('a')).toBeUndefined();
    expect(await archive.find('b')).toBeDefined();
  });

  it('says why it can not keep a run, and takes it once it can', async () => {
    const directory = join(await newDirectory(), 'archive');
    await writeFile(directory, 'in the way');
    const { archive } = begin(directory);
    await expect(archive.keep(archivedRun('a'))).rejects.toThrow(ArchiveError);
    await expect(archive.keep(archivedRun('a'))).rejects.toThrow(/a run can not be kept in .*: EEXIST/);
    await expect(archive.find('a')).rejects.toThrow(/runs can not be read in .*: ENOTDIR/);
    await rm(directory);
    await archive.keep(archivedRun('a'));
    expect(await archive.find('a')).toBeDefined();
  });

  it('leaves no file behind to which nothing could be written, however often it tries', async () => {
    const directory = await newDirectory();
    const { archive } = begin(directory);
    const other = begin(directory).archive;
    await other.keep(archivedRun('before'));
    const handle = await open(join(directory, (await filesOf(directory))[0] ?? ''), 'r');
    const proto = Object.getPrototypeOf(handle) as FileHandle;
    await handle.close();
    const full = Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
    // A disk that takes some bytes of a line, and one that takes none.
    const write = Reflect.get(proto, 'write') as (
      bytes: Buffer,
      offset: number,
      length: number,
    ) => Promise<unknown>;
    for (const taken of [100, 0]) {
      const failing = vi.spyOn(proto, 'write').mockImplementation(async function (
        this: FileHandle,
        bytes: Buffer,
      ) {
        if (taken > 0) await write.call(this, bytes, 0, taken);
        throw full;
      } as never);
      try {
        for (let attempt = 0; attempt < 20; attempt++)
          await expect(archive.keep(archivedRun('a'))).rejects.toThrow(/can not be kept in .*: ENOSPC/);
        await expect(other.keep(archivedRun('b'))).rejects.toThrow(/ENOSPC/);
      } finally {
        failing.mockRestore();
      }
      // What counts as kept stays.
      expect(await filesOf(directory)).toHaveLength(1);
    }
    await archive.keep(archivedRun('a'));
    await other.keep(archivedRun('b'));
    for (const id of ['before', 'a', 'b']) expect((await archive.find(id))?.id).toBe(id);
  });

  it('keeps no credential that was written into a spec, and all else', async () => {
    const directory = await newDirectory();
    const { archive } = begin(directory);
    const metrics = [
      {
        name: 'web',
        provider: {
          web: {
            url: 'https://me:hunter2@shop/health?token=hunter2',
            headers: [
              { key: 'Authorization', value: 'Bearer hunter2' },
              { key: 'X-Api-Key', value: 'hunter2' },
              { key: 'X-Team', value: 'checkout' },
              { key: 'Authorization', value: 'Bearer {{args.token}}' },
            ],
            authentication: {
              oauth2: {
                tokenUrl: 'https://login/token',
                clientId: 'me',
                clientSecret: 'hunter2',
                scopes: ['read'],
              },
            },
          },
        },
      },
    ];
    const args = [
      { name: 'api-token', value: 'hunter2' },
      { name: 'service', value: 'checkout' },
      { name: 'token', valueFrom: { secretKeyRef: { name: 'store', key: 'token' } } },
    ];
    const run = archivedRun('a');
    await archive.keep({ ...run, run: { ...run.run, spec: { metrics, args } } });
    expect((await linesOf(directory)).join()).not.toContain('hunter2');
    const spec = (await archive.find('a'))?.run.spec;
    expect(spec?.args).toEqual([{ name: 'api-token', value: '[redacted]' }, args[1], args[2]]);
    expect(spec?.metrics[0]?.provider.web).toMatchObject({
      url: 'https://shop/health?[redacted]',
      headers: [
        { value: '[redacted]' },
        { value: '[redacted]' },
        { value: 'checkout' },
        { value: 'Bearer {{args.token}}' },
      ],
      authentication: {
        oauth2: { tokenUrl: 'https://login/token', clientId: 'me', clientSecret: '[redacted]' },
      },
    });
  });
});
