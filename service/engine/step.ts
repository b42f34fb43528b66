import { assessRun, nextTask, type Preparation, settleSeries } from '../analysis/index.js';
import type { AnalysisRunSpec, MetricResult } from '../../schemas/index.js';
import { completionOf } from './completion.js';
import type { EngineDeps } from './engine.js';
import { newDeliveries } from './new-deliveries.js';
import { laneOf } from './lane.js';
import type { RunStore, StoredRun, Tick, TickHandler, Timetable } from './ports.js';
import { resultsOf } from './present.js';
import { finishedCount, finishedMeasurements } from './run-event.js';
import { type Look, measuredRun, takeMeasurement } from './take.js';
import { CADENCE, taskDueAtMs } from './task-due.js';

/**
 * When a series that has ended is looked at again, ms, for as long as its run goes on. It repairs a run whose worker
 * died after the last commit and before the verdict.
 */
const SETTLE_AGAIN_MS = 30_000;

/** The next tick is added together with a commit when it is this far away, ms: it must not find the series as it was. */
const APART_MS = 100;

/** What the steps of an engine need. */
interface StepOptions
  extends Pick<
    EngineDeps,
    'clock' | 'measure' | 'describe' | 'collectGarbage' | 'log' | 'metrics' | 'settings'
  > {
  readonly store: RunStore;
  readonly timetable: Timetable;
  readonly prepare: (id: string, spec: AnalysisRunSpec) => Preparation;
}

/** The way of one measurement, the same over every backend. */
export interface Step {
  /** Schedules the first ticks of a run, and those of one that was there before and may have lost them. */
  begin(run: StoredRun, created: boolean): Promise<void>;
  /** Does what is due in one series: load, decide, measure, commit, assess. */
  readonly takeTick: TickHandler;
  /** Wakes every series of a run that is to end. */
  wakeAll(run: StoredRun): Promise<void>;
  /** Wakes one series whose measurement in flight has news; any other is left alone. */
  wake(run: StoredRun, metric: string): Promise<void>;
}

/** See {@link Step}. */
export function createStep(options: StepOptions): Step {
  const { store, timetable, clock, prepare, log, metrics, settings } = options;

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
    const dueAtMs = taskDueAtMs(taskOf(look, result, nowMs), nowMs);
    const finished = finishedCount(result);
    const measurement = finished > finishedCount(series.result) ? lastFinished(result) : undefined;
    const next = async (of: StoredRun, atMs: number): Promise<void> => {
      await schedule(of, name, series.seq + 1, atMs);
    };
    const early = dueAtMs !== undefined && dueAtMs - nowMs >= APART_MS;
    const [after] = await Promise.all([
      store.commit({
        ...{ run, metric: name, seq: series.seq, result },
        nowMs,
        nextAtMs: dueAtMs ?? nowMs + SETTLE_AGAIN_MS,
        deliveries:
          measurement === undefined
            ? []
            : newDeliveries(
                run.callbacks,
                { event: 'measurement', metric: name, ordinal: finished, measurement },
                nowMs,
              ),
      }),
      // In the same round trip: should the commit be void, the tick finds nothing to do.
      early ? next(run, dueAtMs) : undefined,
    ]);
    if (after === undefined)
      log.info({ run: run.id, metric: name, seq: series.seq }, 'result dropped: the series has moved on');
    else if (dueAtMs !== undefined && after.completion === undefined) {
      // A run that was to be ended while this was measured must not wait for its next regular time.
      if (after.ending !== run.ending) await next(after, nowMs);
      else if (!early) await next(after, dueAtMs);
    }
    return after;
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

  /** Gives the verdict if the run has come to its end; first ends measurements that are still going on. */
  const settle = async (found: StoredRun): Promise<void> => {
    let run: StoredRun | undefined = found;
    while (run?.completion === undefined && run !== undefined) {
      const preparation = prepare(run.id, run.document.spec);
      if (!preparation.ok) throw new Error(`run ${run.id} can not be prepared: ${preparation.message}`);
      const { completed, toTerminate, results, ...judged } = assessRun(preparation.run, resultsOf(run), {
        terminating: run.ending === 'asked',
        previous: { phase: 'Running' },
      });
      if (toTerminate.length > 0) {
        if (run.ending !== undefined) return;
        const ending = await store.end(run.id, 'decided', clock.nowMs(), run);
        if (ending !== undefined && ending.completion === undefined) await wakeAll(ending);
        return;
      }
      if (!completed) return;
      const { phase, message, runSummary, dryRunSummary } = judged;
      const outcome = { phase, runSummary, dryRunSummary, ...(message === undefined ? {} : { message }) };
      const nowMs = clock.nowMs();
      const { retentionMs } = settings;
      const completion = completionOf(outcome, run.document.spec, { nowMs, retentionMs });
      const deliveries = newDeliveries(run.callbacks, { event: 'verdict' }, nowMs);
      const ended = await store.finish(run, results, completion, deliveries);
      if (ended === 'finished') {
        metrics.verdictReached(phase);
        log.info({ run: run.id, phase, reason: message }, 'run ended');
      }
      // Another series was committed in between: its measurement belongs into the assessment.
      run = ended === 'moved' ? await store.load(run.id) : undefined;
    }
  };

  /** Nothing is to be measured: brings the phase of the series up to date and looks at the run. */
  const close = async (look: Look): Promise<void> => {
    const { run, metric, series } = look;
    const settled = series.result && settleSeries(metric.metric, series.result, run.ending !== undefined);
    if (settled !== undefined && settled.phase !== series.result?.phase) {
      const after = await commit(look, settled);
      if (after !== undefined) await settle(after);
      return;
    }
    await store.postpone(run, metric.metric.name, series.seq, clock.nowMs() + SETTLE_AGAIN_MS);
    const whole = await store.load(run.id);
    if (whole !== undefined) await settle(whole);
  };

  return {
    wakeAll,
    async wake(run, metric) {
      const series = run.series.get(metric);
      const last = series?.result?.measurements?.at(-1);
      if (series === undefined || last === undefined || last.finishedAt !== undefined) return;
      await timetable.schedule({ ...tickOf(run, metric, series.seq), woken: true }, clock.nowMs());
    },
    async begin(run, created) {
      if (run.completion !== undefined) {
        if (created) metrics.verdictReached(run.completion.status.phase);
        return;
      }
      // A tick that is there already makes no second one.
      const first = [...run.series].filter(([, { seq }]) => seq === 0);
      await Promise.all(first.map(([metric, { seq, nextAtMs }]) => schedule(run, metric, seq, nextAtMs)));
    },
    async takeTick(tick, signal) {
      const { run: id, incarnation, metric: name, seq } = tick;
      const run = await store.look(id, name);
      const series = run?.series.get(name);
      if (run?.incarnation !== incarnation || run.completion !== undefined || series?.seq !== seq) return;
      const look: Look = {
        run,
        metric: preparedMetric(prepare(id, run.document.spec), id, name),
        series,
        signal,
      };
      const task = taskOf(look, series.result, clock.nowMs(), tick.woken);
      switch (task.kind) {
        case 'measure':
        case 'resume':
        case 'terminate': {
          const after = await commit(look, await takeMeasurement(look, task, options));
          if (after === undefined) return;
          await settle(after);
          if (task.kind === 'measure') await collectGarbage(look);
          return;
        }
        case 'wait':
          await store.postpone(run, name, seq, task.untilMs);
          await timetable.schedule({ ...tick, againAtMs: task.untilMs }, task.untilMs);
          return;
        case 'none':
          await close(look);
      }
    },
  };
}

const lastFinished = (result: MetricResult) => finishedMeasurements(result).at(-1)?.measurement;

function preparedMetric(preparation: Preparation, id: string, name: string) {
  if (!preparation.ok) throw new Error(`run ${id} can not be prepared: ${preparation.message}`);
  const metric = preparation.run.metrics.find((each) => each.metric.name === name);
  if (metric === undefined) throw new Error(`run ${id} has no metric ${name}`);
  return metric;
}
