import {
  isCompleted,
  nextTask,
  type Preparation,
  type PreparedMetric,
  prepareRun,
  settleSeries,
} from '../analysis/index.js';
import type { MetricResult } from '../../schemas/index.js';
import { systemTimers } from '../platform/index.js';
import { Bulkhead } from './bulkhead.js';
import type { EngineDeps } from './engine.js';
import { whileHeld } from './first-look.js';
import type { FirstPlaces } from './first-places.js';
import { newDeliveries } from './new-deliveries.js';
import { laneOf, serverOf } from './lane.js';
import type { AddedRun, RunStore, StoredDelivery, StoredRun } from './ports.js';
import type { Tick, TickHandler, Timetable } from './timetable-port.js';
import { finishedCount, finishedMeasurements } from './run-event.js';
import { createSettler } from './settle.js';
import { type Look, measuredRun, takeMeasurement } from './take.js';
import { CADENCE, nextLookAtMs } from './task-due.js';

/** When a series that has ended is looked at again, ms, should its worker die before it has looked at the run. */
const SETTLE_AGAIN_MS = 30_000;

/** The next tick is added together with a commit when it is this far away, ms: it must not find the series as it was. */
const APART_MS = 100;

/** What the steps of an engine need. */
interface StepOptions
  extends Pick<
    EngineDeps,
    'clock' | 'measure' | 'describe' | 'collectGarbage' | 'log' | 'metrics' | 'settings' | 'timers'
  > {
  readonly store: RunStore;
  readonly timetable: Timetable;
}

/** The way of one measurement, the same over every backend. */
export interface Step {
  /**
   * Begins to measure a run: what is due, here if there is room. Of one that was there before what is due and may have lost
   * its tick is scheduled again.
   */
  begin(added: AddedRun, places?: FirstPlaces): Promise<void>;
  /** Does what is due in one series: load, decide, measure, commit, assess. */
  readonly takeTick: TickHandler;
  /** Wakes every series of a run that is to end. */
  wakeAll(run: StoredRun): Promise<void>;
  /** Ends the measurements in flight of a run that was forgotten. */
  abandon(run: StoredRun, signal: AbortSignal): Promise<void>;
  /** Wakes one series whose measurement in flight has news; any other is left alone. */
  wake(run: StoredRun, metric: string): Promise<void>;
}

/** See {@link Step}. */
export function createStep(options: StepOptions): Step {
  const { store, timetable, clock, log, metrics, timers = systemTimers } = options;
  const bulkhead = new Bulkhead({ clock, timers });
  /** Measurements that are taken here: a tick that came again and one of the sweeper's have different ids. */
  const beingTaken = new Set<string>();

  const tickOf = (run: StoredRun, metric: string, seq: number): Tick => ({
    run: run.id,
    incarnation: run.incarnation,
    metric,
    lane: laneOf(run.document, metric),
    seq,
    terminating: run.ending !== undefined,
  });
  const schedule = async (run: StoredRun, metric: string, seq: number, dueAtMs: number): Promise<void> => {
    await timetable.schedule(tickOf(run, metric, seq), dueAtMs);
  };
  const wakeAll = async (run: StoredRun): Promise<void> => {
    await Promise.all([...run.series].map(([metric, { seq }]) => schedule(run, metric, seq, clock.nowMs())));
  };
  const taskOf = ({ run, metric }: Look, result: MetricResult | undefined, nowMs: number, woken = false) =>
    nextTask(metric, result, {
      runStartedAtMs: run.createdAtMs,
      nowMs,
      woken,
      terminating: run.ending !== undefined,
      cadence: CADENCE,
    });

  /** Saves the next state of a series and plans its next tick. Undefined: another writer was first, this work is void. */
  const commit = async (look: Look, result: MetricResult): Promise<StoredRun | undefined> => {
    const { run, metric, series } = look;
    const { name } = metric.metric;
    const nowMs = clock.nowMs();
    const dueAtMs = nextLookAtMs(taskOf(look, result, nowMs), result, nowMs);
    const next = async (of: StoredRun, atMs: number, also: () => Promise<StoredRun | undefined>) =>
      timetable.scheduleNext(tickOf(of, name, series.seq + 1), atMs, also);
    const change = {
      ...{ run, metric: name, seq: series.seq, result },
      nowMs,
      nextAtMs: dueAtMs ?? nowMs + SETTLE_AGAIN_MS,
      deliveries: deliveriesOf(look, result, nowMs),
    };
    const stored = () => store.commit(change);
    const early = dueAtMs !== undefined && dueAtMs - nowMs >= APART_MS;
    // In the same round trip: should the commit be void, the tick finds nothing to do.
    const after = await (early ? next(run, dueAtMs, stored) : stored());
    if (after === undefined)
      log.info({ run: run.id, metric: name, seq: series.seq }, 'result dropped: the series has moved on');
    else if (dueAtMs !== undefined && after.completion === undefined) {
      const isStored = () => Promise.resolve(after);
      // A run that was to be ended while this was measured must not wait for its next regular time.
      if (after.ending !== run.ending) await next(after, nowMs, isStored);
      else if (!early) await next(after, dueAtMs, isStored);
    }
    return after;
  };

  /** Does the same; a result that brings the verdict is stored together with it, which saves a round trip. */
  const commitOrEnd = async (look: Look, result: MetricResult): Promise<StoredRun | 'ended' | undefined> => {
    const { run, metric } = look;
    const deliveries = deliveriesOf(look, result, clock.nowMs());
    const ended = await endWith({ run, metric: metric.metric.name, result, deliveries });
    return ended ? 'ended' : commit(look, result);
  };

  /** Once a series has more measurements than it keeps, what they left elsewhere goes as well. No verdict hangs on it. */
  const collectGarbage = async ({ run, metric, series, signal }: Look): Promise<void> => {
    const { retention: limit } = metric;
    if (options.collectGarbage === undefined || (series.result?.measurements?.length ?? 0) < limit) return;
    try {
      await options.collectGarbage({ metric, run: measuredRun(run), limit, signal });
    } catch (error) {
      log.warn({ err: error, run: run.id, metric: metric.metric.name }, 'garbage was not collected');
    }
  };

  const { settle, settleAfter, endWith } = createSettler(options, wakeAll);

  /** Ends the measurement in flight that a result has, if any: its run is over or forgotten, and nobody waits for it. */
  const abandon = async (look: Look, result: MetricResult | undefined): Promise<void> => {
    const measurement = result?.measurements?.at(-1);
    if (measurement === undefined || isCompleted(measurement.phase) || measurement.finishedAt !== undefined)
      return;
    const { run, metric, series } = look;
    const left = { ...look, series: { ...series, ...(result === undefined ? {} : { result }) } };
    const { measurements } = await takeMeasurement(left, { kind: 'terminate', measurement }, options);
    const { phase, message } = measurements?.at(-1) ?? {};
    if (phase === 'Error')
      log.warn(
        { run: run.id, metric: metric.metric.name, reason: message },
        'a measurement could not be ended',
      );
  };

  /** What a commit could not store: when there is nothing left to store it in, it must not go on. */
  const abandonIfOver = async (look: Look, result: MetricResult): Promise<void> => {
    const run = await store.load(look.run.id);
    if (run?.incarnation === look.run.incarnation && run.completion === undefined) return;
    await abandon(look, result);
  };

  /** Nothing is to be measured: brings the phase of the series up to date and looks at the run. */
  const close = async (look: Look): Promise<void> => {
    const { run, metric, series } = look;
    const settled = series.result && settleSeries(metric.metric, series.result, run.ending !== undefined);
    if (settled !== undefined && settled.phase !== series.result?.phase) {
      const after = await commit(look, settled);
      if (after !== undefined) await settleAfter(after, metric.metric.name);
      return;
    }
    const whole = await store.load(run.id);
    if (whole?.incarnation === run.incarnation) await settleAfter(whole, metric.metric.name);
  };

  /** Nothing can be done for a series yet: its tick comes again. */
  const comeAgain = async (tick: Tick, run: StoredRun, atMs: number): Promise<void> => {
    await store.postpone(run, tick.metric, tick.seq, atMs);
    await timetable.schedule({ ...tick, againAtMs: atMs }, atMs);
  };

  /** Does what is due in the series of a tick, as the run was looked at for it. */
  const takeFrom = async (run: StoredRun | undefined, tick: Tick, signal: AbortSignal): Promise<void> => {
    const { incarnation, metric: name, seq } = tick;
    const series = run?.series.get(name);
    if (run?.incarnation !== incarnation || run.completion !== undefined || series?.seq !== seq) return;
    const metric = preparedMetric(prepareRun(run.document.spec), name);
    if (metric === undefined) {
      await settle(run);
      return;
    }
    const look: Look = { run, metric, series, signal };
    const task = taskOf(look, series.result, clock.nowMs(), tick.woken);
    switch (task.kind) {
      case 'measure':
      case 'resume':
      case 'terminate': {
        const key = `${incarnation} ${name} ${seq} ${task.kind}`;
        if (beingTaken.has(key)) return;
        beingTaken.add(key);
        const admission = await bulkhead.enter(timetable.placesOf(tick), serverOf(metric.metric));
        if ('againAtMs' in admission) {
          beingTaken.delete(key);
          await comeAgain(tick, run, admission.againAtMs);
          return;
        }
        let result: MetricResult;
        let after: StoredRun | 'ended' | undefined;
        try {
          result = await takeMeasurement(look, task, options).finally(admission.leave);
          // Until it is stored it looks as if it were not taken.
          after = await commitOrEnd(look, result);
        } finally {
          beingTaken.delete(key);
        }
        if (after === undefined) {
          await abandonIfOver(look, result);
          return;
        }
        if (after !== 'ended') await settleAfter(after, name);
        if (task.kind === 'measure') await collectGarbage(look);
        return;
      }
      case 'wait':
        await comeAgain(tick, run, task.untilMs);
        return;
      case 'none':
        await close(look);
    }
  };
  /** The first look at a series of a run that has just been stored here. */
  const lookFirst =
    (run: StoredRun): TickHandler =>
    (tick, signal) =>
      whileHeld({ store, timetable, clock, timers, log }, run, tick.metric, () =>
        takeFrom(run, tick, signal),
      );

  return {
    wakeAll,
    async abandon(run, signal) {
      const { spec } = run.document;
      await Promise.all(
        [...run.series].map(async ([name, series]) => {
          const metric = preparedMetric(prepareRun(spec), name);
          if (metric !== undefined) await abandon({ run, metric, series, signal }, series.result);
        }),
      );
    },
    async wake(run, metric) {
      const series = run.series.get(metric);
      const last = series?.result?.measurements?.at(-1);
      if (series === undefined || last === undefined || last.finishedAt !== undefined) return;
      await timetable.schedule({ ...tickOf(run, metric, series.seq), woken: true }, clock.nowMs());
    },
    async begin({ run, created, held }, places) {
      if (run.completion !== undefined) {
        if (created) metrics.verdictReached(run.completion.status.phase);
        return;
      }
      const first = [...run.series].filter(([, { seq }]) => seq === 0);
      await Promise.all(
        first.map(async ([metric, { seq, nextAtMs }]) => {
          const place = created ? places?.take(metric) : undefined;
          if (place !== undefined) place.run(tickOf(run, metric, seq), lookFirst(run));
          // A tick that is there already makes no second one; who holds a series has none.
          else if (created || !held.has(metric)) await schedule(run, metric, seq, nextAtMs);
        }),
      );
    },
    async takeTick(tick, signal) {
      await takeFrom(await store.look(tick.run, tick.metric), tick, signal);
    },
  };
}

/** What callbacks are to be told of the measurement that `result` has and the series as it was looked at has not. */
function deliveriesOf(
  { run, metric, series }: Look,
  result: MetricResult,
  nowMs: number,
): readonly StoredDelivery[] {
  const ordinal = finishedCount(result);
  const measurement = ordinal > finishedCount(series.result) ? lastFinished(result) : undefined;
  if (measurement === undefined) return [];
  return newDeliveries(
    run.callbacks,
    { event: 'measurement', metric: metric.metric.name, ordinal, measurement },
    nowMs,
  );
}

const lastFinished = (result: MetricResult) => finishedMeasurements(result).at(-1)?.measurement;

/** Undefined: the run can not be prepared. */
function preparedMetric(preparation: Preparation, name: string): PreparedMetric | undefined {
  return preparation.ok ? preparation.run.metrics.find(({ metric }) => metric.name === name) : undefined;
}
