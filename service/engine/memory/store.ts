import type { ChangeListener, ListCursor, NewRun, RunStore, StoredRun, StoredSeries } from '../ports.js';
import type { Tick } from '../timetable-port.js';
import { ARCHIVE_AFTER_DELIVERY_MS, archiveDueMs } from '../archive-due.js';
import { TooManyRunsError } from '../engine.js';
import { redeliverableUntilMs } from '../delivery-state.js';
import { laneOf } from '../lane.js';
import { isAfter } from '../list-order.js';
import { Outbox } from './outbox.js';
import { Running } from './running.js';
import { Unarchived } from './unarchived.js';

const NONE: ReadonlySet<string> = new Set();

/**
 * Runs in a map of this process. Stored values are never changed, only replaced, so that they can be handed out as
 * they are; each method does its whole work in one turn of the event loop, which makes it atomic.
 */
export function createMemoryStore({ archiving = false }: { readonly archiving?: boolean } = {}): RunStore {
  const runs = new Map<string, StoredRun>();
  /** Those of all runs, the last one of a listing first. */
  const order: ListCursor[] = [];
  const watchers = new Map<string, Set<() => void>>();
  const everywhere = new Set<ChangeListener>();
  const running = new Running();
  const outbox = new Outbox();
  const unarchived = archiving ? new Unarchived() : undefined;

  const put = (run: StoredRun, progress = false): StoredRun => {
    runs.set(run.id, run);
    changed(run.id, progress);
    return run;
  };
  const changed = (id: string, progress = false): void => {
    for (const listener of watchers.get(id) ?? []) queueMicrotask(listener);
    for (const listener of everywhere)
      queueMicrotask(() => {
        listener(id, progress);
      });
  };
  const forget = (id: string): StoredRun | undefined => {
    const run = runs.get(id);
    if (run !== undefined) {
      order.splice(countBefore(order, run), 1);
      running.remove(namespaceOf(run), id);
    }
    runs.delete(id);
    outbox.removeRun(id);
    unarchived?.remove(id);
    changed(id);
    return run;
  };
  /** The run as it is now if it goes on and is the same one, not another with its id. */
  const open = ({ id, incarnation }: StoredRun): StoredRun | undefined => {
    const run = runs.get(id);
    return run?.completion === undefined && run?.incarnation === incarnation ? run : undefined;
  };
  const overdue = function* (beforeMs: number): Generator<Tick> {
    for (const { id, incarnation, document, completion, ending, series } of runs.values()) {
      if (completion !== undefined) continue;
      for (const [metric, { seq, nextAtMs }] of series) {
        if (nextAtMs > beforeMs) continue;
        const lane = laneOf(document, metric);
        yield { run: id, incarnation, metric, lane, seq, terminating: ending !== undefined };
      }
    }
  };

  return {
    create(run, { maxRunning = Infinity } = {}) {
      const before = runs.get(run.id);
      if (before !== undefined) return Promise.resolve({ created: false, run: before, held: NONE });
      if (run.completion === undefined) {
        const namespace = namespaceOf(run);
        if (running.count(namespace) >= maxRunning)
          return Promise.reject(new TooManyRunsError(namespace, maxRunning));
        running.add(namespace, run.id);
      }
      outbox.add(run.id, run.deliveries);
      if (run.completion !== undefined)
        unarchived?.add(run.id, archiveDueMs(run.createdAtMs, run.deliveries));
      order.splice(countBefore(order, run), 0, { id: run.id, createdAtMs: run.createdAtMs });
      const added = put(begin(run), run.completion === undefined);
      return Promise.resolve({ created: true, run: added, held: NONE });
    },
    load: (id) => Promise.resolve(runs.get(id)),
    loadEach: (ids) => Promise.resolve(ids.map((id) => runs.get(id))),
    look: (id) => Promise.resolve(runs.get(id)),
    commit({ run: from, metric, seq, result, nextAtMs, nowMs, deliveries }) {
      const run = open(from);
      if (run?.series.get(metric)?.seq !== seq) return Promise.resolve(undefined);
      outbox.add(run.id, deliveries);
      const dueAtMs = run.ending === from.ending ? nextAtMs : nowMs;
      const after = withSeries(run, metric, { seq: seq + 1, nextAtMs: dueAtMs, result });
      return Promise.resolve(put(after, true));
    },
    // Ticks of this process are not lost to another one that would look for them.
    hold: () => Promise.resolve(),
    postpone(from, metric, seq, nextAtMs) {
      const run = open(from);
      const series = run?.series.get(metric);
      if (run !== undefined && series?.seq === seq)
        runs.set(run.id, withSeries(run, metric, { ...series, nextAtMs }));
      return Promise.resolve();
    },
    end(id, ending, nowMs, only) {
      const run = runs.get(id);
      if (only !== undefined && run?.incarnation !== only.incarnation) return Promise.resolve(undefined);
      if (run === undefined || run.completion !== undefined || run.ending !== undefined)
        return Promise.resolve(run);
      const series = new Map(
        [...run.series].map(([metric, state]) => [metric, { ...state, nextAtMs: nowMs }]),
      );
      return Promise.resolve(put({ ...run, ending, series }));
    },
    finish(assessed, results, completion, deliveries, nowMs) {
      const { id, series: expected } = assessed;
      const run = open(assessed);
      if (run === undefined) return Promise.resolve('over');
      if (run.ending !== assessed.ending) return Promise.resolve('moved');
      const series = new Map<string, StoredSeries>();
      for (const [metric, state] of run.series) {
        if (expected.get(metric)?.seq !== state.seq) return Promise.resolve('moved');
        const result = results.get(metric);
        series.set(metric, result === undefined ? state : { ...state, result });
      }
      outbox.add(id, deliveries);
      unarchived?.add(id, archiveDueMs(nowMs, deliveries));
      running.remove(namespaceOf(run), id);
      put({ ...run, series, completion });
      return Promise.resolve('finished');
    },
    remove: (id) => Promise.resolve(forget(id)),
    removeExpired(id, againAtMs, nowMs) {
      const run = runs.get(id);
      if (run?.completion === undefined || run.completion.expiresAtMs > nowMs) return Promise.resolve(false);
      const isKept = outbox.isPending(id) || unarchived?.has(id) === true;
      const expiresAtMs = isKept ? againAtMs : redeliverableUntilMs(outbox.of(id), nowMs);
      if (expiresAtMs === undefined) return Promise.resolve(forget(id) !== undefined);
      put({ ...run, completion: { ...run.completion, expiresAtMs } });
      return Promise.resolve(false);
    },
    ids(namespace, limit, after) {
      const entries: ListCursor[] = [];
      const end = after === undefined ? order.length : countBefore(order, after);
      for (let index = end - 1; index >= 0 && entries.length < limit; index--) {
        const entry = order[index];
        if (entry === undefined) continue;
        const own = runs.get(entry.id)?.document.metadata?.namespace;
        if (namespace === undefined || own === namespace) entries.push(entry);
      }
      return Promise.resolve({ entries });
    },
    countByPhase() {
      const counts: Record<string, number> = {};
      for (const { completion } of runs.values()) {
        const phase = completion?.status.phase ?? 'Running';
        counts[phase] = (counts[phase] ?? 0) + 1;
      }
      return Promise.resolve(counts);
    },
    overdue: (beforeMs, limit) => Promise.resolve([...overdue(beforeMs)].slice(0, limit)),
    countOverdue: (beforeMs) => Promise.resolve([...overdue(beforeMs)].length),
    expired(nowMs, limit) {
      const ids = [...runs.values()]
        .filter(({ completion }) => completion !== undefined && completion.expiresAtMs <= nowMs)
        .map(({ id }) => id);
      return Promise.resolve(ids.slice(0, limit));
    },
    lease: (nowMs, leaseMs, limit) => Promise.resolve(outbox.lease(nowMs, leaseMs, limit)),
    deliveries: (run) => Promise.resolve(outbox.of(run)),
    countPendingDeliveries: () => Promise.resolve(outbox.pending),
    delivery: (item) => Promise.resolve(outbox.get(item)),
    saveDelivery(run, delivery, nowMs) {
      const saved = outbox.save(run, delivery);
      const ended = runs.get(run)?.completion !== undefined && delivery.state !== 'pending';
      if (saved && ended) unarchived?.add(run, nowMs + ARCHIVE_AFTER_DELIVERY_MS);
      return Promise.resolve(saved);
    },
    deferDelivery(item, version, atMs) {
      outbox.defer(item, version, atMs);
      return Promise.resolve();
    },
    leaseUnarchived: (nowMs, leaseMs, limit) =>
      Promise.resolve(unarchived?.lease(nowMs, leaseMs, limit) ?? []),
    markArchived(item, { incarnation }) {
      const isSame = runs.get(item.run)?.incarnation === incarnation;
      return Promise.resolve(isSame && unarchived?.done(item) === true);
    },
    countUnarchived: () => Promise.resolve(unarchived?.size ?? 0),
    watch(id, listener) {
      const listeners = watchers.get(id) ?? new Set();
      watchers.set(id, listeners.add(listener));
      return Promise.resolve(() => {
        listeners.delete(listener);
        if (listeners.size === 0 && watchers.get(id) === listeners) watchers.delete(id);
      });
    },
    watchAll(listener) {
      everywhere.add(listener);
      return Promise.resolve(() => everywhere.delete(listener));
    },
  };
}

/** Number of entries that stand before `cursor` in a list whose first one comes last in a listing: by halves. */
function countBefore(order: readonly ListCursor[], cursor: ListCursor): number {
  let [low, high] = [0, order.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const entry = order[middle];
    if (entry !== undefined && isAfter(entry, cursor)) low = middle + 1;
    else high = middle;
  }
  return low;
}

const namespaceOf = ({ document }: Pick<StoredRun, 'document'>): string => document.metadata?.namespace ?? '';

const begin = ({ series, deliveries: _deliveries, ...run }: NewRun): StoredRun => ({
  ...run,
  series: new Map([...series].map(([metric, nextAtMs]) => [metric, { seq: 0, nextAtMs }])),
});

const withSeries = (run: StoredRun, metric: string, state: StoredSeries): StoredRun => ({
  ...run,
  series: new Map(run.series).set(metric, state),
});
