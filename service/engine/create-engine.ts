import { randomUUID } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { fingerprint, newRun, requestFingerprint, runId } from './new-run.js';
import { prepareRun } from '../analysis/index.js';
import type { AnalysisRun } from '../../schemas/index.js';
import type { Backend } from './backend.js';
import type { CreateOptions, Engine, EngineDeps } from './engine.js';
import { IdConflictError } from './engine.js';
import { FirstPlaces } from './first-places.js';
import { archivedBefore } from './archived-before.js';
import { type Archiving, archiveRuns } from './archiving.js';
import { beginIfStored } from './begin-if-stored.js';
import { changedRuns } from './changed-runs.js';
import { takeDeliveries } from './deliveries.js';
import { DeliveryBell } from './delivery-bell.js';
import { byAge, recordOf, toBeRedelivered } from './delivery-state.js';
import { listRuns } from './list-runs.js';
import type { StoredRun } from './ports.js';
import { present } from './present.js';
import { StoreAwayError } from './store-errors.js';
import { EventCursor, type RunEvent } from './run-event.js';
import { createStep } from './step.js';
import { createSweeper } from './sweeper.js';
import { pause, systemTimers } from '../platform/index.js';
import { watchRun } from './watch-run.js';

/** Time that a stop has for the store beyond that of measurements, unless it is told, ms. */
const STORING_MS = 4_000;
/** How long a stop waits for what has been broken off, ms. */
const BROKEN_OFF_MS = 250;

/** An engine over a backend: all that the two backends have in common. */
export function createEngine(backend: Backend, deps: EngineDeps): Engine {
  const { timetable } = backend;
  const bell = new DeliveryBell();
  const store = bell.on(backend.store);
  const { clock, log, settings, archive, timers = systemTimers, newId = randomUUID } = deps;
  const { retentionMs, work = true } = settings;
  const step = createStep({ ...deps, store, timetable });
  const sweeper = createSweeper({
    ...{ store, timetable, clock, timers, log },
    intervalMs: settings.sweepIntervalMs ?? 30_000,
    overdueAfterMs: settings.overdueAfterMs ?? 5_000,
  });
  const stopDeliveries = new Set<() => Promise<void>>();
  let archiving: Archiving | undefined;
  let started: Promise<void> | undefined;
  let stopped: Promise<void> | undefined;

  const start = async (): Promise<void> => {
    await backend.open();
    if (!work) return;
    await timetable.work(step.takeTick);
    sweeper.start();
    if (archive === undefined) return;
    const leaseMs = settings.archiveLeaseMs ?? 30_000;
    archiving = archiveRuns({ ...deps, store, archive, timers, leaseMs });
  };
  const stopInOrder = async (): Promise<void> => {
    await started?.catch(() => undefined); // start() has told its caller
    // At once: what hangs in one must not use up the time of the others, above all that of breaking measurements off.
    const deliveries = [...stopDeliveries].map((end) => end());
    const ends = await Promise.allSettled([...deliveries, sweeper.stop(), timetable.stop()]);
    // After all that may still end a run.
    const kept = await Promise.allSettled([archiving?.stop(backend.isVolatile === true)]);
    leaving.abort();
    await Promise.all(following);
    // What fails is told, and keeps nothing else from being stopped.
    for (const end of [...ends, ...kept]) if (end.status === 'rejected') throw end.reason;
  };
  const stopInTime = async (breakOff: () => void): Promise<void> => {
    const { stopGraceMs = 10_000, stopWithinMs = stopGraceMs + STORING_MS } = settings;
    const done = new AbortController();
    try {
      const ended = stopInOrder().then(() => 'ended' as const);
      if ((await Promise.race([ended, pause(timers, stopWithinMs, done.signal)])) !== 'late') return;
      log.warn('the store does not answer: what still waits for it is broken off, and taken again by others');
      breakOff();
      await Promise.race([ended, pause(timers, BROKEN_OFF_MS, done.signal)]);
    } finally {
      done.abort();
    }
  };
  const stop = async (): Promise<void> => {
    try {
      await (backend.breakOff === undefined ? stopInOrder() : stopInTime(backend.breakOff));
    } finally {
      await backend.close();
    }
  };
  /**
   * What is stored is done: nobody waits for what follows from it, nor is told that it failed. Ticks that could not be
   * scheduled are the sweeper's concern.
   */
  const following = new Set<Promise<void>>();
  const leaving = new AbortController();
  // Each run that waits for the store listens; Node would take more than ten for a leak.
  setMaxListeners(0, leaving.signal);
  const afterwards = (run: Pick<StoredRun, 'id'>, follows: Promise<void>): void => {
    const work = follows
      .catch((error: unknown) => {
        log.warn(
          { err: error, run: run.id },
          'a run was stored and could not be woken or cleared away at once',
        );
      })
      .finally(() => following.delete(work));
    following.add(work);
  };
  const begin = (run: StoredRun) => step.begin({ run, created: false, held: new Set() });
  const presented = (run: StoredRun | undefined) => (run === undefined ? undefined : present(run));
  const archived = async (id: string) => (await archive?.find(id))?.run;
  /**
   * A run that has ended, although the store can not be asked: its verdict stands. Another run never has the id of one
   * that the archive finds, see {@link archivedBefore}.
   */
  const endedWhileAway = async (id: string): Promise<AnalysisRun | undefined> => {
    if (archive === undefined || (backend.isConnected?.() ?? true)) return undefined;
    try {
      return await archived(id);
    } catch (error) {
      // Then the store tells that nothing can be told.
      log.debug({ err: error, run: id }, 'neither the store nor the archive can be asked');
      return undefined;
    }
  };
  const ofArchive = (id: string, { archiveAnswer: answer }: CreateOptions) =>
    archivedBefore(id, { store, archive, timers, log, answer });

  return {
    start: () => (started ??= start()),
    stop: () => (stopped ??= stop()),
    async create(run, options = {}) {
      const id = runId(options, newId);
      const before = hasKnownId(options) ? await ofArchive(id, options) : undefined;
      if (before !== undefined) {
        if (before.fingerprint !== fingerprint(run, options))
          throw new IdConflictError(id, options.idempotencyKey);
        return { created: false, run: before.run };
      }
      const wanted = newRun(id, run, options, prepareRun(run.spec), { nowMs: clock.nowMs(), retentionMs });
      const { maxRunsPerNamespace: maxRunning } = settings;
      const places = new FirstPlaces(timetable, wanted);
      try {
        const added = await store.create(wanted, {
          ...(maxRunning === undefined ? {} : { maxRunning }),
          held: { metrics: places.metrics, untilMs: wanted.createdAtMs + timetable.heldMs },
        });
        const { created, run: stored } = added;
        if (!created && stored.fingerprint !== wanted.fingerprint)
          throw new IdConflictError(id, options.idempotencyKey);
        afterwards(stored, step.begin(added, places));
        return { created, run: present(stored) };
      } catch (error) {
        if (error instanceof StoreAwayError)
          afterwards(
            wanted,
            beginIfStored(wanted, { ...deps, store, timetable, timers, begin }, leaving.signal),
          );
        throw error;
      } finally {
        places.giveBack();
      }
    },
    async repeated(options, run) {
      const { request } = options;
      if (!hasKnownId(options)) return undefined;
      const id = runId(options, newId);
      const asked = request !== undefined ? requestFingerprint(request) : run && fingerprint(run, options);
      if (asked === undefined) return undefined;
      const stored = await store.load(id);
      if (stored !== undefined) return stored.fingerprint === asked ? present(stored) : undefined;
      const before = await ofArchive(id, options);
      return before?.fingerprint === asked ? before.run : undefined;
    },
    get: async (id) => (await endedWhileAway(id)) ?? presented(await store.load(id)) ?? (await archived(id)),
    list: (query) => listRuns(store, query),
    async waitForCompletion(id, timeoutMs, signal) {
      const timeUp = new AbortController();
      const cancel = timers.set(() => {
        timeUp.abort();
      }, timeoutMs);
      const until = signal === undefined ? timeUp.signal : AbortSignal.any([timeUp.signal, signal]);
      try {
        for await (const run of watchRun(store, timers, id, until)) {
          if (run.completion !== undefined) return present(run);
        }
      } finally {
        cancel();
      }
      return presented(await store.load(id)) ?? archived(id);
    },
    async terminate(id) {
      const run = await store.end(id, 'asked', clock.nowMs());
      if (run === undefined) return archived(id);
      if (run.completion === undefined) afterwards(run, step.wakeAll(run));
      return present(run);
    },
    async wake(id, metric) {
      const run = await store.load(id);
      if (run !== undefined) await step.wake(run, metric);
    },
    async forget(id) {
      const run = await store.remove(id);
      if (run === 'unreadable') return true;
      if (run !== undefined && run.completion === undefined) {
        afterwards(run, step.abandon(run, leaving.signal));
        return true;
      }
      const ended = run ?? (await archive?.find(id));
      if (ended !== undefined) await archive?.forget(id, ended.incarnation);
      return ended !== undefined;
    },
    async *events(id, afterEventId, signal): AsyncGenerator<RunEvent> {
      let cursor: EventCursor | undefined;
      for await (const run of watchRun(store, timers, id, signal)) {
        cursor ??= new EventCursor([...run.series.keys()], afterEventId);
        yield* cursor.advance(present(run));
        if (cursor.over) return;
      }
      // It may have gone to the archive, before or meanwhile: what is left to tell is told from there.
      const run = signal.aborted ? undefined : await archived(id);
      if (run === undefined) return;
      cursor ??= new EventCursor(metricNames(run), afterEventId);
      yield* cursor.advance(run);
    },
    changes: (signal, progress, isPassedOver) =>
      changedRuns({ store, clock, timers }, signal, progress, isPassedOver),
    takeDeliveries(handler, atOnce = 64) {
      const leaseMs = settings.deliveryLeaseMs ?? 60_000;
      const end = takeDeliveries({ store, bell, clock, timers, log, leaseMs, atOnce }, handler);
      stopDeliveries.add(end);
      return async () => {
        stopDeliveries.delete(end);
        await end();
      };
    },
    async deliveries(id) {
      const [run, deliveries] = await Promise.all([store.load(id), store.deliveries(id)]);
      if (run === undefined) return (await archive?.find(id))?.deliveries;
      return [...deliveries].sort(byAge).map((delivery) => recordOf(run, delivery));
    },
    async redeliver(id, delivery) {
      const run = await store.load(id);
      for (;;) {
        const stored = await store.delivery({ run: id, delivery });
        if (run === undefined || stored === undefined) return undefined;
        const nowMs = clock.nowMs();
        const again = toBeRedelivered(stored, nowMs);
        if (await store.saveDelivery(id, again, nowMs)) return recordOf(run, again);
      }
    },
    isConnected: () => backend.isConnected?.() ?? true,
    async health() {
      const { reasons, lastTickAgeMs } = work ? await timetable.health() : { reasons: [], lastTickAgeMs: 0 };
      const { reasons: storeReasons, refusals } = await backend.problems();
      // Where nothing can be written no job can be run either: then the refusals say it, and reads go on.
      const all = [...storeReasons, ...(refusals.length === 0 ? reasons : [])];
      const { trouble } = archiving ?? {};
      const warnings = refusals.map(
        (refusal) => `new runs are refused, and those that go on wait: ${refusal}`,
      );
      if (trouble !== undefined)
        warnings.push(`completed runs wait in the store and are not archived: ${trouble}`);
      return { ready: all.length === 0, reasons: all, storeReasons, refusals, warnings, lastTickAgeMs };
    },
    async queueDepth() {
      const overdueBeforeMs = clock.nowMs() - (settings.overdueAfterMs ?? 5_000);
      const [depth, overdue] = await Promise.all([timetable.depth(), store.countOverdue(overdueBeforeMs)]);
      return { ...depth, overdue };
    },
    pendingDeliveries: () => store.countPendingDeliveries(),
    archiveBacklog: async () => (archive === undefined ? undefined : store.countUnarchived()),
    runsByPhase: () => store.countByPhase(),
  };
}

/** Another run may have had it: an id of the caller's, or one that follows from a key. */
const hasKnownId = ({ id, idempotencyKey }: CreateOptions): boolean =>
  id !== undefined || idempotencyKey !== undefined;

const metricNames = ({ spec }: AnalysisRun): string[] => spec.metrics.map(({ name }) => name);
