import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Callback } from '../../schemas/index.js';
import { createFileArchive } from '../../service/archive/index.js';
import {
  ArchiveDamagedError,
  ArchiveError,
  type Engine,
  type EngineDeps,
  type EngineSettings,
  IdConflictError,
  type RunEvent,
} from '../../service/engine/index.js';
import { createLog, systemClock } from '../../service/platform/index.js';
import { temporaryDirectories } from '../archive/fixtures.js';
import { metric, realDeps, runOf, scripted } from './fixtures.js';

const WAIT_MS = 15_000;
const never = new AbortController().signal;
const web = runOf([metric('web', { interval: '5ms', count: 3 })]);
const receiver: Callback = { url: 'https://receiver/hook', headers: { Authorization: 'Bearer hunter2' } };
const newDirectory = temporaryDirectories();

const archiveIn = (directory: string) =>
  createFileArchive({
    ...{ directory, clock: systemClock, log: createLog({ level: 'silent' }) },
    maxBytes: 1_000_000,
    maxAgeMs: 3_600_000,
  });

/** What every backend must do with an archive. `makeEngine` makes an engine with no runs in it. */
export function describeArchiving(backend: string, makeEngine: (deps: EngineDeps) => Promise<Engine>): void {
  describe(`the ${backend} engine with an archive`, () => {
    const closing: (() => Promise<void>)[] = [];
    afterEach(async () => {
      for (const close of closing.splice(0)) await close();
    });
    const begin = async (settings: Partial<EngineSettings> = {}) => {
      const directory = join(await newDirectory(), 'archive');
      const archive = archiveIn(directory);
      const { deps, observed } = realDeps(scripted(() => 'Successful').measure, {
        retentionMs: 20,
        archiveLeaseMs: 100,
        ...settings,
      });
      const engine = await makeEngine({ ...deps, archive });
      closing.push(
        () => engine.stop(),
        () => archive.close(),
      );
      await engine.start();
      return { engine, archive, directory, observed };
    };
    const ended = async (engine: Engine, id: string): Promise<void> => {
      expect((await engine.waitForCompletion(id, WAIT_MS))?.status?.verdict).toBe('promote');
    };
    /** Until the engine has the run no more. */
    const leftTheStore = (engine: Engine): Promise<void> =>
      until(async () => {
        expect((await engine.list({ limit: 10 })).items).toEqual([]);
      });

    it('keeps an ended run, and finds it there once its time is up', async () => {
      const { engine, archive, observed } = await begin();
      await engine.create(web, { id: 'a', requestedBy: 'ci', callbacks: [{ ...receiver, events: [] }] });
      await ended(engine, 'a');
      await leftTheStore(engine);
      const run = await engine.get('a');
      expect(run).toMatchObject({
        metadata: { uid: 'a', name: 'checkout', namespace: 'shop' },
        spec: web.spec,
        status: { phase: 'Successful', verdict: 'promote', metricResults: [{ name: 'web', count: 3 }] },
      });
      expect(run?.status?.metricResults?.[0]?.measurements).toHaveLength(3);
      expect(await archive.find('a')).toMatchObject({
        requestedBy: 'ci',
        incarnation: expect.any(String) as unknown,
      });
      expect(await engine.archiveBacklog()).toBe(0);
      expect(observed.archived).toContain('kept');

      // All else that can be asked of a run is answered as it was while the run was in the store.
      expect(await engine.waitForCompletion('a', 1)).toEqual(run);
      expect(await engine.terminate('a')).toEqual(run);
      expect(await engine.deliveries('a')).toEqual([]);
      const events: RunEvent[] = [];
      for await (const event of engine.events('a', undefined, never)) events.push(event);
      expect(events.map(({ kind }) => kind)).toEqual([
        ...['measurement', 'measurement', 'measurement', 'metric', 'verdict'],
      ]);
      expect(await engine.get('b')).toBeUndefined();
      expect(await engine.deliveries('b')).toBeUndefined();
    });

    it('keeps a run whose spec can not be measured', async () => {
      const { engine } = await begin();
      await engine.create(runOf([metric('web', { count: 2 })]), { id: 'a' });
      await leftTheStore(engine);
      expect((await engine.get('a'))?.status).toMatchObject({ phase: 'Error', verdict: 'rollback' });
    });

    it('keeps it again with what became of its deliveries, and nothing of their headers', async () => {
      let release = (): void => undefined;
      const gate = new Promise<void>((resolve) => {
        release = resolve;
      });
      const { engine, archive } = await begin({ deliveryLeaseMs: 60_000 });
      engine.takeDeliveries(async () => {
        await gate;
        const attempt = {
          at: new Date().toISOString(),
          outcome: 'delivered' as const,
          status: 204,
          durationMs: 1,
        };
        return { kind: 'tried', attempt, next: { kind: 'delivered' } };
      });
      await engine.create(web, { id: 'a', callbacks: [receiver] });
      await until(async () => {
        expect((await archive.find('a'))?.deliveries).toMatchObject([{ id: 'verdict-0', state: 'pending' }]);
      });
      release();
      await leftTheStore(engine);
      const kept = await archive.find('a');
      expect(kept?.deliveries).toMatchObject([{ id: 'verdict-0', state: 'delivered', attemptCount: 1 }]);
      expect(await engine.deliveries('a')).toEqual(kept?.deliveries);
      expect(JSON.stringify(kept)).not.toContain('hunter2');
      expect(await engine.redeliver('a', 'verdict-0')).toBeUndefined();
    });

    it('forgets no run while the archive takes none, says so, and goes on when it does', async () => {
      const { engine, directory, observed } = await begin();
      await writeFile(directory, 'in the way');
      for (const id of ['a', 'b', 'c']) await engine.create(web, { id });
      await until(async () => {
        expect((await engine.health()).warnings.join()).toMatch(
          /completed runs wait in the store .*a run can not be kept in .*EEXIST \(since 20/,
        );
      });
      const { ready } = await engine.health();
      expect(ready).toBe(true);
      // Their time is up long since.
      await until(async () => {
        expect(await engine.archiveBacklog()).toBe(3);
        expect(observed.archived.filter((outcome) => outcome === 'failed').length).toBeGreaterThan(3);
      });
      expect((await engine.list({ limit: 10 })).items).toHaveLength(3);
      await expect(engine.get('d')).rejects.toThrow(ArchiveError);
      await rm(directory);
      await leftTheStore(engine);
      for (const id of ['a', 'b', 'c']) expect((await engine.get(id))?.status?.verdict).toBe('promote');
      expect((await engine.health()).warnings).toEqual([]);
    });

    it('finds no run that was forgotten on request, before and after it was kept', async () => {
      const { engine, archive, directory } = await begin();
      await engine.create(web, { id: 'a' });
      await ended(engine, 'a');
      await leftTheStore(engine);
      expect(await engine.forget('a')).toBe(true);
      expect(await engine.get('a')).toBeUndefined();
      expect(await engine.forget('a')).toBe(false);
      const slow = runOf([metric('web', { initialDelay: '1h' })]);
      await engine.create(slow, { id: 'b' });
      expect(await engine.forget('b')).toBe(true);
      expect(await engine.get('b')).toBeUndefined();
      // The id is free again, and its new run is another one.
      await engine.create(web, { id: 'a' });
      await ended(engine, 'a');
      await leftTheStore(engine);
      expect(await engine.get('a')).toBeDefined();
      expect(await archiveIn(directory).find('a')).toEqual(await archive.find('a'));
    });

    it('answers a repeated request with the run of the archive, and refuses another one with its id', async () => {
      const { engine, archive } = await begin();
      const callbacks: Callback[] = [{ ...receiver, events: [] }];
      await engine.create(web, { id: 'a', callbacks });
      await engine.create(web, { idempotencyKey: 'ci\nb' });
      await leftTheStore(engine);
      const kept = await archive.find('a');
      const again = await engine.create(web, { id: 'a', callbacks });
      expect(again).toEqual({ created: false, run: kept?.run });
      expect((await engine.create(web, { idempotencyKey: 'ci\nb' })).created).toBe(false);
      const elsewhere = runOf([metric('web')], { metadata: { name: 'checkout', namespace: 'bank' } });
      await expect(engine.create(elsewhere, { id: 'a' })).rejects.toThrow(IdConflictError);
      await expect(engine.create(elsewhere, { idempotencyKey: 'ci\nb' })).rejects.toThrow(
        'the Idempotency-Key "b" was used for another request before',
      );
      expect(await archive.find('a')).toEqual(kept);
    });

    it('knows a request in the archive by its text, whatever its templates have become', async () => {
      const { engine } = await begin();
      const request = { templates: [{ templateName: 'web' }] };
      await engine.create(web, { id: 'a', request });
      await engine.create(web, { id: 'c' });
      expect((await engine.repeated({ id: 'c' }, web))?.metadata?.uid).toBe('c');
      await leftTheStore(engine);
      expect((await engine.repeated({ id: 'c' }, web))?.metadata?.uid).toBe('c');
      expect(await engine.repeated({ id: 'c' }, runOf([metric('other')]))).toBeUndefined();
      expect(await engine.repeated({ id: 'c' })).toBeUndefined();
      expect(await engine.repeated({ id: 'a', request })).toEqual(await engine.get('a'));
      expect(await engine.repeated({ id: 'a', request: { templates: [] } })).toBeUndefined();
      expect(await engine.repeated({ id: 'b', request })).toBeUndefined();
    });

    it('starts runs while the archive can not be read', async () => {
      const { engine, directory } = await begin({ retentionMs: 60_000 });
      await writeFile(directory, 'in the way');
      expect((await engine.create(web, { id: 'a' })).created).toBe(true);
      await ended(engine, 'a');
    });

    it('starts nothing under the id of a run that is damaged in the archive', async () => {
      const { engine, directory } = await begin();
      const request = { templates: [{ templateName: 'web' }] };
      await engine.create(web, { id: 'a', request });
      await leftTheStore(engine);
      for (const name of await readdir(directory)) {
        const text = await readFile(join(directory, name), 'utf8');
        await writeFile(join(directory, name), text.replaceAll('"run":', '"run"!'));
      }
      await expect(engine.get('a')).rejects.toThrow(ArchiveDamagedError);
      await expect(engine.repeated({ id: 'a', request })).rejects.toThrow(ArchiveDamagedError);
      await expect(engine.create(web, { id: 'a', request })).rejects.toThrow(ArchiveDamagedError);
      expect((await engine.list({ limit: 10 })).items).toEqual([]);
    });

    it('keeps runs of many at once, each of them', async () => {
      const { engine } = await begin();
      const ids = Array.from({ length: 150 }, (_, nth) => `run-${nth}`);
      await Promise.all(ids.map((id) => engine.create(runOf([metric('web')]), { id })));
      await leftTheStore(engine);
      for (const id of ids) expect((await engine.get(id))?.status?.verdict).toBe('promote');
    });
  });
}

/** Waits until what `check` expects holds. */
const until = (check: () => void | Promise<void>): Promise<void> =>
  vi.waitFor(check, { timeout: WAIT_MS, interval: 20 });
