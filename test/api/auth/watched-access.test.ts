import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type WatchedAccess, watchAccess } from '../../../service/api/auth/watched-access.js';
import { ConfigError, createLog } from '../../../service/platform/index.js';
import { FakeTime } from '../../engine/fake-time.js';
import { eventually } from '../../support/eventually.js';
import { token } from './fixtures.js';

let folder: string;
let watched: WatchedAccess | undefined;
let lines: string[];
let reads: boolean[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'assay-access-'));
  [lines, reads] = [[], []];
});
afterEach(() => {
  watched?.close();
  rmSync(folder, { recursive: true });
});

const text = (...names: readonly string[]) =>
  JSON.stringify({ tokens: names.map((name) => token(name, ['read'], ['*'])) });
const watch = async (path: string, timers = new FakeTime()) =>
  (watched = await watchAccess({
    ...{ path, timers },
    log: createLog({ level: 'info', destination: { write: (line) => lines.push(line) } }),
    metrics: { accessRead: (ok) => reads.push(ok) },
  }));
const names = () => watched?.current().tokens.map(({ caller }) => caller.id);

describe('the file of tokens', () => {
  it('is read again when another is renamed over it', async () => {
    const path = join(folder, 'tokens');
    writeFileSync(path, text('one'));
    const file = await watch(path);
    writeFileSync(`${path}.new`, text('two'));
    renameSync(`${path}.new`, path);
    await file.look();
    expect(names()).toEqual(['token:two']);
    expect(lines.join()).toContain('who may ask was read again');
  });

  it('is read again when the links of a mounted Secret are swapped', async () => {
    for (const version of ['1', '2']) {
      mkdirSync(join(folder, `..${version}`));
      writeFileSync(join(folder, `..${version}`, 'tokens'), text(`of-${version}`));
    }
    symlinkSync('..1', join(folder, '..data'));
    symlinkSync('..data/tokens', join(folder, 'tokens'));
    const file = await watch(join(folder, 'tokens'));
    expect(names()).toEqual(['token:of-1']);
    symlinkSync('..2', join(folder, '..data_tmp'));
    renameSync(join(folder, '..data_tmp'), join(folder, '..data'));
    await file.look();
    expect(names()).toEqual(['token:of-2']);
  });

  it('is looked at each two seconds until it is closed', async () => {
    const time = new FakeTime();
    const path = join(folder, 'tokens');
    writeFileSync(path, text('one'));
    const file = await watch(path, time);
    writeFileSync(path, text('two'));
    await time.advance(1_999);
    expect(names()).toEqual(['token:one']);
    await time.advance(1);
    await eventually('the file was read', () => (names()?.includes('token:two') === true ? true : undefined));
    file.close();
    writeFileSync(path, text('three'));
    await time.advance(10_000);
    expect(names()).toEqual(['token:two']);
  });

  it.each([
    [
      'is broken',
      (path: string) => {
        writeFileSync(path, 'tokens: [{ name: MARKER');
      },
    ],
    [
      'is empty',
      (path: string) => {
        writeFileSync(path, '');
      },
    ],
    [
      'is gone',
      (path: string) => {
        rmSync(path);
      },
    ],
  ])('stays as it was while it %s, which is told once, until it is mended', async (_how, spoil) => {
    const path = join(folder, 'tokens');
    writeFileSync(path, text('one'));
    const file = await watch(path);
    spoil(path);
    await file.look();
    await file.look();
    expect(names()).toEqual(['token:one']);
    expect(lines.filter((line) => line.includes('"level":"error"'))).toHaveLength(1);
    expect(lines.join()).not.toContain('MARKER');
    expect(reads).toEqual([true, false]);
    writeFileSync(path, text('one'));
    await file.look();
    expect(reads).toEqual([true, false, true]);
  });

  it('keeps a service from starting that could not use it', async () => {
    const path = join(folder, 'tokens');
    writeFileSync(path, 'tokens: 7');
    await expect(watch(path)).rejects.toThrow(ConfigError);
  });
});
