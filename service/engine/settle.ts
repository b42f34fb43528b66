import { assessRun, isCompleted, type Preparation } from '../analysis/index.js';
import type { AnalysisRunSpec, MetricResult } from '../../schemas/index.js';
import { TRACE_ANNOTATION, traceField } from '../platform/index.js';
import { completionOf, invalidRun } from './completion.js';
import type { EngineDeps } from './engine.js';
import { newDeliveries } from './new-deliveries.js';
import type { Completion, RunStore, StoredRun } from './ports.js';
import { resultsOf } from './present.js';

/** Due time of a series that has ended and whose run was looked at since: nobody has to come back to it. */
const NEVER_MS = Number.MAX_SAFE_INTEGER;

/** What the end of runs needs. */
interface SettlerOptions extends Pick<EngineDeps, 'clock' | 'log' | 'metrics' | 'settings'> {
  readonly store: RunStore;
  readonly prepare: (id: string, spec: AnalysisRunSpec) => Preparation;
}

/** Assesses runs, and ends those that have come to their end. */
interface Settler {
  /** Gives the verdict if the run has come to its end; first ends measurements that are still going on. True: it goes on. */
  readonly settle: (run: StoredRun) => Promise<boolean>;
  /** Looks at the run after a look at one of its series. One that has ended is left in peace from now on. */
  readonly settleAfter: (run: StoredRun, metric: string) => Promise<void>;
}

/** See {@link Settler}. `wakeAll` wakes every series of a run that is to end. */
export function createSettler(options: SettlerOptions, wakeAll: (run: StoredRun) => Promise<void>): Settler {
  const { store, clock, prepare, log, metrics, settings } = options;

  /** Stores the end of a run. The run as it is now if another series was committed in between: it is to be assessed again. */
  const end = async (
    run: StoredRun,
    results: ReadonlyMap<string, MetricResult>,
    completion: Completion,
  ): Promise<StoredRun | undefined> => {
    const nowMs = clock.nowMs();
    const deliveries = newDeliveries(run.callbacks, { event: 'verdict' }, nowMs);
    const ended = await store.finish(run, results, completion, deliveries, nowMs);
    if (ended === 'finished') {
      const { phase, message } = completion.status;
      metrics.verdictReached(phase);
      const { name, namespace, annotations } = run.document.metadata ?? {};
      const trace = traceField(annotations?.[TRACE_ANNOTATION]);
      log.info({ run: run.id, name, namespace, phase, reason: message, ...trace }, 'run ended');
    }
    return ended === 'moved' ? store.load(run.id) : undefined;
  };

  const settle = async (found: StoredRun): Promise<boolean> => {
    const { retentionMs } = settings;
    let run: StoredRun | undefined = found;
    while (run?.completion === undefined && run !== undefined) {
      const nowMs = clock.nowMs();
      const { spec } = run.document;
      const preparation = prepare(run.id, spec);
      // It could be prepared when it was created, by another version. It will never be measured here, and must not wait for ever.
      if (!preparation.ok) {
        run = await end(run, new Map(), invalidRun(preparation.message, nowMs, retentionMs, spec));
        continue;
      }
      const { completed, toTerminate, results, ...judged } = assessRun(preparation.run, resultsOf(run), {
        terminating: run.ending === 'asked',
        previous: { phase: 'Running' },
      });
      if (toTerminate.length > 0) {
        if (run.ending !== undefined) return true;
        const ending = await store.end(run.id, 'decided', clock.nowMs(), run);
        if (ending !== undefined && ending.completion === undefined) await wakeAll(ending);
        return true;
      }
      if (!completed) return true;
      const { phase, message, runSummary, dryRunSummary } = judged;
      const outcome = { phase, runSummary, dryRunSummary, ...(message === undefined ? {} : { message }) };
      const endedEarly = run.ending === 'asked';
      run = await end(run, results, completionOf(outcome, spec, { nowMs, retentionMs, endedEarly }));
    }
    return false;
  };

  const settleAfter = async (run: StoredRun, name: string): Promise<void> => {
    const series = run.series.get(name);
    const goesOn = await settle(run);
    if (goesOn && series?.result !== undefined && isCompleted(series.result.phase))
      await store.postpone(run, name, series.seq, NEVER_MS);
  };

  return { settle, settleAfter };
}
