import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ArchivedRun } from '../../schemas/index.js';
import { KnownIndexes } from '../../service/archive/jsonl/known-indexes.js';
import { hashOf } from '../../service/archive/jsonl/lines.js';
import { ArchiveError } from '../../service/engine/index.js';
import { fileArchives, filesOf, indexesOf, linesOf } from './file-archives.js';
import { archivedRun } from './fixtures.js';

const { newDirectory, begin } = fileArchives();

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
