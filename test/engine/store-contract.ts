import { afterEach, describe, expect, it } from 'vitest';
import type { AnalysisRun, MetricResult } from '../../schemas/index.js';
import { newDeliveries } from '../../service/engine/new-deliveries.js';
import type { NewRun, RunStore, StoredRun } from '../../service/engine/ports.js';
import { metric, runOf } from './fixtures.js';

const NOW_MS = Date.parse('2026-11-25T00:00:00Z');
const HOUR_MS = 3_600_000;
const callbacks = [{ url: 'http://receiver/' }];

/** A store, and what lets go of it. */
export interface OpenedStore {
  readonly store: RunStore;
  close(): Promise<void>;
}

/** What every store must do that an engine shows only in rare moments. `open` gives one with no runs in it. */
export function describeStore(backend: string, open: () => Promise<OpenedStore>): void {
  describe(`the ${backend} store`, () => {
    const opened: OpenedStore[] = [];
    afterEach(async () => {
      await Promise.all(opened.splice(0).map((each) => each.close()));
    });
    const begin = async (): Promise<RunStore> => {
      const store = await open();
      opened.push(store);
      return store.store;
    };

    it('has a series due at once that was measured while its run was told to end', async () => {
      const store = await begin();
      const { run } = await store.create(stored('a'));
      await store.end('a', 'asked', NOW_MS);
      const after = await store.commit(commitOf(run));
      expect(after?.ending).toBe('asked');
      for (const seen of [after, await store.load('a')])
        expect(seen?.series.get('web')).toMatchObject({ seq: 1, nextAtMs: NOW_MS + 1 });
      expect(await store.overdue(NOW_MS + 1, 10)).toMatchObject([{ run: 'a', seq: 1, terminating: true }]);
    });

    it('has a series due at its time when the end was known to whoever measured it', async () => {
      const store = await begin();
      await store.create(stored('a'));
      const run = await store.end('a', 'asked', NOW_MS);
      if (run === undefined) throw new Error('there is no run');
      const after = await store.commit(commitOf(run));
      expect(after?.series.get('web')?.nextAtMs).toBe(NOW_MS + HOUR_MS);
      expect(await store.overdue(NOW_MS + 1, 10)).toEqual([]);
    });

    it('completes a run with its last result in one step, unless somebody asked for its end meanwhile', async () => {
      const store = await begin();
      const { run } = await store.create(stored('a'));
      const finish = (from: StoredRun) =>
        store.finish(
          from,
          new Map([['web', lastResult]]),
          { status: { phase: 'Successful', verdict: 'promote' }, expiresAtMs: NOW_MS + HOUR_MS },
          newDeliveries(callbacks, { event: 'verdict' }, NOW_MS),
          NOW_MS,
        );
      const ending = await store.end('a', 'asked', NOW_MS);
      if (ending === undefined) throw new Error('there is no run');
      expect(await finish(run)).toBe('moved');
      expect(await store.load('a')).toEqual(ending);
      expect(await store.deliveries('a')).toEqual([]);
      expect(await finish(ending)).toBe('finished');
      const after = await store.load('a');
      expect(after?.completion?.status.phase).toBe('Successful');
      expect(after?.series.get('web')?.result).toEqual(lastResult);
      expect(await store.overdue(NOW_MS + HOUR_MS, 10)).toEqual([]);
      expect(await finish(ending)).toBe('over');
    });

    it('forgets no run that has taken the id of one whose time was up', async () => {
      const store = await begin();
      const { run } = await store.create(stored('a'));
      const status = { phase: 'Successful', verdict: 'promote' } as const;
      await store.finish(run, new Map(), { status, expiresAtMs: NOW_MS }, [], NOW_MS);
      expect(await store.expired(NOW_MS, 10)).toEqual(['a']);
      await store.removeExpired('a', NOW_MS + HOUR_MS, NOW_MS);
      // Another process has the same list, and comes a moment later.
      const next = { ...stored('a'), incarnation: 'next' };
      await store.create(next);
      expect(await store.removeExpired('a', NOW_MS + HOUR_MS, NOW_MS)).toBe(false);
      expect((await store.load('a'))?.incarnation).toBe('next');
    });

    it('keeps a run whose time is up for a day after a delivery of it was given up', async () => {
      const store = await begin();
      const { run } = await store.create({ ...stored('a'), callbacks });
      const status = { phase: 'Successful', verdict: 'promote' } as const;
      const deliveries = newDeliveries(callbacks, { event: 'verdict' }, NOW_MS);
      await store.finish(run, new Map(), { status, expiresAtMs: NOW_MS }, deliveries, NOW_MS);
      const delivery = await store.delivery({ run: 'a', delivery: 'verdict-0' });
      if (delivery === undefined) throw new Error('there is no delivery');
      const attempt = {
        at: new Date(NOW_MS + HOUR_MS).toISOString(),
        ...({ outcome: 'rejected', durationMs: 1 } as const),
      };
      await store.saveDelivery('a', { ...delivery, state: 'failed', attempts: [attempt] }, NOW_MS + HOUR_MS);
      expect(await store.removeExpired('a', NOW_MS + 3 * HOUR_MS, NOW_MS + 2 * HOUR_MS)).toBe(false);
      expect((await store.load('a'))?.id).toBe('a');
      expect(await store.expired(NOW_MS + 24 * HOUR_MS, 10)).toEqual([]);
      const overMs = NOW_MS + 25 * HOUR_MS;
      expect(await store.expired(overMs, 10)).toEqual(['a']);
      expect(await store.removeExpired('a', overMs + HOUR_MS, overMs)).toBe(true);
      expect(await store.load('a')).toBeUndefined();
    });

    it('does not put off a delivery that was asked for again meanwhile', async () => {
      const store = await begin();
      await store.create({
        ...stored('a'),
        deliveries: newDeliveries(callbacks, { event: 'verdict' }, NOW_MS),
      });
      const item = { run: 'a', delivery: 'verdict-0' };
      expect(await store.lease(NOW_MS, HOUR_MS, 10)).toEqual([item]);
      const before = await store.delivery(item);
      if (before === undefined) throw new Error('there is no delivery');
      await store.saveDelivery('a', { ...before, nextAtMs: NOW_MS }, NOW_MS);
      await store.deferDelivery(item, before.version, NOW_MS + HOUR_MS);
      expect(await store.lease(NOW_MS, HOUR_MS, 10)).toEqual([item]);
      await store.deferDelivery(item, before.version + 1, NOW_MS + 2 * HOUR_MS);
      expect(await store.lease(NOW_MS + HOUR_MS, HOUR_MS, 10)).toEqual([]);
      expect(await store.lease(NOW_MS + 2 * HOUR_MS, HOUR_MS, 10)).toEqual([item]);
    });
  });
}

const document: AnalysisRun = { ...runOf([metric('web')]), kind: 'AnalysisRun' };

const stored = (id: string): NewRun => ({
  ...{ id, document, callbacks, incarnation: `of-${id}`, fingerprint: 'f', createdAtMs: NOW_MS },
  series: new Map([['web', NOW_MS]]),
  deliveries: [],
});

const commitOf = (run: StoredRun) => ({
  ...{ run, metric: 'web', seq: 0, nowMs: NOW_MS + 1, nextAtMs: NOW_MS + HOUR_MS, deliveries: [] },
  result: { name: 'web', phase: 'Running' as const, count: 1 },
});

const lastResult: MetricResult = { name: 'web', phase: 'Successful', count: 1, successful: 1 };
