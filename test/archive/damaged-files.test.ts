import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { OpenFiles } from '../../service/archive/jsonl/open-files.js';
import { ArchiveDamagedError } from '../../service/engine/index.js';
import { fileArchives, filesOf, HOUR_MS, indexesOf } from './file-archives.js';
import { archivedRun } from './fixtures.js';

const { newDirectory, begin } = fileArchives();

/** Changes one byte of a file: the first of `within`, to one that no JSON text has. */
const damage = async (path: string, within: string): Promise<void> => {
  const text = await readFile(path, 'utf8');
  const at = text.indexOf(within);
  expect(at).toBeGreaterThan(0);
  await writeFile(path, `${text.slice(0, at)}\u0001${text.slice(at + 1)}`);
};

describe('an archive of files', () => {
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
});
