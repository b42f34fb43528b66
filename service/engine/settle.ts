import {
  assessRun,
  isCompleted,
  type PreparedRun,
  prepareRun,
  type RunAssessment,
} from '../analysis/index.js';
import type { MetricResult } from '../../schemas/index.js';
import { TRACE_ANNOTATION, traceField } from '../platform/index.js';
import { completionOf, invalidRun } from './completion.js';
import type { EngineDeps } from './engine.js';
import { newDeliveries } from './new-deliveries.js';
import type { Completion, FinishOutcome, RunStore, StoredDelivery, StoredRun } from './ports.js';
import { resultsOf } from './present.js';

/** Due time of a series that has ended and whose run was looked at since: nobody has to come back to it. */
const NEVER_MS = Number.MAX_SAFE_INTEGER;

/** What the end of runs needs. */
interface SettlerOptions extends Pick<EngineDeps, 'clock' | 'log' | 'metrics' | 'settings'> {
  readonly store: RunStore;
}

/** A result that may be the last one of its run. */
interface LastResult {
  /** The run as the result was made from it. */
  readonly run: StoredRun;
  readonly metric: string;
  readonly result: MetricResult;
  /** What callbacks are to be told of because of the result itself. */
  readonly deliveries: readonly StoredDelivery[];
}

/** How a run ends. */
interface Ending {
  readonly results: ReadonlyMap<string, MetricResult>;
  readonly completion: Completion;
  /** What callbacks are to be told of before the verdict. */
  readonly deliveries?: readonly StoredDelivery[];
}

/** Assesses runs, and ends those that have come to their end. */
interface Settler {
  /** Gives the verdict if the run has come to its end; first ends measurements that are still going on. True: it goes on. */
  readonly settle: (run: StoredRun) => Promise<boolean>;
  /** Looks at the run after a look at one of its series. One that has ended is left in peace from now on. */
  readonly settleAfter: (run: StoredRun, metric: string) => Promise<void>;
  /**
   * Stores the last result of a metric and the verdict that it brings in one step. False, and nothing is stored: it brings
   * none, or another series or the wish to end the run came in between.
   */
  readonly endWith: (last: LastResult) => Promise<boolean>;
}

/** See {@link Settler}. `wakeAll` wakes every series of a run that is to end. */
export function createSettler(options: SettlerOptions, wakeAll: (run: StoredRun) => Promise<void>): Settler {
  const { store, clock, log, metrics, settings } = options;

  /** Stores the end of a run. The run as it is now if another series was committed in between: it is to be assessed again. */
  const end = async (run: StoredRun, its: Ending): Promise<StoredRun | undefined> =>
    (await finish(run, its)) === 'moved' ? store.load(run.id) : undefined;

  const finish = async (
    run: StoredRun,
    { results, completion, deliveries: before = [] }: Ending,
  ): Promise<FinishOutcome> => {
    const nowMs = clock.nowMs();
    const deliveries = [...before, ...newDeliveries(run.callbacks, { event: 'verdict' }, nowMs)];
    const ended = await store.finish(run, results, completion, deliveries, nowMs);
    if (ended === 'finished') {
      const { phase, message } = completion.status;
      metrics.verdictReached(phase);
      const { name, namespace, annotations } = run.document.metadata ?? {};
      const trace = traceField(annotations?.[TRACE_ANNOTATION]);
      log.info({ run: run.id, name, namespace, phase, reason: message, ...trace }, 'run ended');
    }
    return ended;
  };

  /** What is to become of a run with these results: measurements to be ended first, or its end, or neither. */
  const judge = (
    prepared: PreparedRun,
    found: ReadonlyMap<string, MetricResult>,
    { ending, document }: StoredRun,
  ): Pick<RunAssessment, 'toTerminate'> & { readonly end?: Ending } => {
    const endedEarly = ending === 'asked';
    const { completed, toTerminate, results, phase, message, runSummary, dryRunSummary } = assessRun(
      prepared,
      found,
      { terminating: endedEarly, previous: { phase: 'Running' } },
    );
    if (!completed || toTerminate.length > 0) return { toTerminate };
    const outcome = { phase, runSummary, dryRunSummary, ...(message === undefined ? {} : { message }) };
    const { retentionMs } = settings;
    const completion = completionOf(outcome, document.spec, {
      nowMs: clock.nowMs(),
      retentionMs,
      endedEarly,
    });
    return { toTerminate, end: { results, completion } };
  };

  const settle = async (found: StoredRun): Promise<boolean> => {
    let run: StoredRun | undefined = found;
    while (run?.completion === undefined && run !== undefined) {
      const { spec } = run.document;
      const preparation = prepareRun(spec);
      // It could be prepared when it was created, by another version. It will never be measured here, and must not wait for ever.
      if (!preparation.ok) {
        const completion = invalidRun(preparation.message, clock.nowMs(), settings.retentionMs, spec);
        run = await end(run, { results: new Map(), completion });
        continue;
      }
      const { toTerminate, end: itsEnd } = judge(preparation.run, resultsOf(run), run);
      if (toTerminate.length > 0) {
        if (run.ending !== undefined) return true;
        const ending = await store.end(run.id, 'decided', clock.nowMs(), run);
        if (ending !== undefined && ending.completion === undefined) await wakeAll(ending);
        return true;
      }
      if (itsEnd === undefined) return true;
      run = await end(run, itsEnd);
    }
    return false;
  };

  const settleAfter = async (run: StoredRun, name: string): Promise<void> => {
    const series = run.series.get(name);
    const goesOn = await settle(run);
    if (goesOn && series?.result !== undefined && isCompleted(series.result.phase))
      await store.postpone(run, name, series.seq, NEVER_MS);
  };

  const endWith = async ({ run, metric, result, deliveries }: LastResult): Promise<boolean> => {
    if (!isCompleted(result.phase)) return false;
    const preparation = prepareRun(run.document.spec);
    if (!preparation.ok) return false;
    const results = new Map(resultsOf(run)).set(metric, result);
    const { end: itsEnd } = judge(preparation.run, results, run);
    if (itsEnd === undefined) return false;
    return (await finish(run, { ...itsEnd, deliveries })) === 'finished';
  };

  return { settle, settleAfter, endWith };
}
