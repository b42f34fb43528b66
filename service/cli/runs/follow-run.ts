import type { AnalysisRun } from '../../../schemas/index.js';
import { isCompleted } from '../../analysis/index.js';
import type { Runs } from './runs.js';

/** Node's timers go off at once when asked to wait longer than this: 24.8 days, which is more than a pipeline lives. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Why a run is no longer followed. */
export type Ending = 'completed' | 'timedOut' | 'interrupted';

/** Options of {@link followRun}. */
export interface FollowOptions {
  /** Time after which the run is terminated, in ms. Absent: none. */
  readonly timeoutMs?: number;
  /** Aborted when the user wants to stop: the run is terminated. */
  readonly interrupt: AbortSignal;
  /** Told of the run now and after each change. */
  readonly onChange: (run: AnalysisRun) => void;
  /** Time that a terminated run has to end, in ms. Default 10 s. */
  readonly graceMs?: number;
}

/**
 * Watches a run to its end. When the time is up or the user has had enough, the run is terminated, so that nothing goes
 * on measuring behind the back of a pipeline that has gone on; how it stands then is still answered.
 */
export async function followRun(
  runs: Runs,
  started: AnalysisRun,
  { timeoutMs, interrupt, onChange, graceMs = 10_000 }: FollowOptions,
): Promise<{ readonly run: AnalysisRun; readonly ending: Ending }> {
  const id = started.metadata?.uid ?? '';
  const watching = new AbortController();
  let ending: Ending = 'completed';
  let terminating: Promise<void> | undefined;
  let graceTimer: NodeJS.Timeout | undefined;
  let run = started;

  const stop = (why: Ending): void => {
    if (terminating !== undefined) return;
    ending = why;
    terminating = runs.terminate(id);
    // Awaited below, after the watching: a failure must not be unhandled until then.
    terminating.catch(() => undefined);
    graceTimer = setTimeout(() => {
      watching.abort();
    }, graceMs);
  };
  const timer =
    timeoutMs === undefined
      ? undefined
      : setTimeout(
          () => {
            stop('timedOut');
          },
          Math.min(timeoutMs, LONGEST_TIMER_MS),
        );
  const onInterrupt = (): void => {
    stop('interrupted');
  };
  interrupt.addEventListener('abort', onInterrupt);
  if (interrupt.aborted) onInterrupt();

  try {
    for await (const change of runs.changes(id, watching.signal)) {
      run = change;
      onChange(run);
      if (isCompleted(run.status?.phase ?? '')) break;
    }
    await terminating;
  } finally {
    clearTimeout(timer);
    clearTimeout(graceTimer);
    interrupt.removeEventListener('abort', onInterrupt);
  }
  return { run, ending };
}
