import { type FileHandle, mkdir, open, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { ArchiveError } from '../../service/engine/index.js';
import { fileArchives, filesOf, HOUR_MS, indexesOf, linesOf, START_MS } from './file-archives.js';
import { archivedRun } from './fixtures.js';

const { newDirectory, begin } = fileArchives();

describe('an archive of files', () => {
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

  it('lets nobody but the owner read the files', async () => {
    const directory = join(await newDirectory(), 'archive');
    const { archive } = begin(directory);
    await archive.keep(archivedRun('a'));
    await archive.close();
    expect((await stat(directory)).mode & 0o777).toBe(0o700);
    for (const name of await readdir(directory))
      expect((await stat(join(directory, name))).mode & 0o777).toBe(0o600);
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
});
