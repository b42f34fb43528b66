import type { AnalysisRun } from '../../../schemas/index.js';
import { isCompleted } from '../../analysis/index.js';
import { LONGEST_TIMER_MS } from '../../platform/index.js';
import { CliError } from '../exit-code.js';
import type { Runs } from './runs.js';

/** Why a run is no longer followed. */
export type Ending = 'completed' | 'timedOut' | 'interrupted';

/** Options of {@link followRun}. */
export interface FollowOptions {
  /** Time after which the run is terminated, or left to itself, in ms. Absent: none. */
  readonly timeoutMs?: number;
  /** Aborted when the user wants to stop. */
  readonly interrupt: AbortSignal;
  /** What becomes of the run when the time is up or the user wants to stop. Default: it is terminated. */
  readonly whenStopped?: 'terminate' | 'leave';
  /** Told of the run now and after each change. */
  readonly onChange: (run: AnalysisRun) => void;
  /** Time that a terminated run has to end, in ms. Default 10 s. */
  readonly graceMs?: number;
}

/** How a run stood when it was followed no more. */
export interface Followed {
  readonly run: AnalysisRun;
  readonly ending: Ending;
  /** Why it could not be terminated: it goes on. */
  readonly unterminated?: CliError;
}

/**
 * Watches a run to its end. When the time is up or the user has had enough, the run is terminated, so that nothing goes
 * on measuring behind the back of a pipeline that has gone on; how it stands then is still answered.
 */
export async function followRun(
  runs: Omit<Runs, 'start'>,
  started: AnalysisRun,
  { timeoutMs, interrupt, whenStopped = 'terminate', onChange, graceMs = 10_000 }: FollowOptions,
): Promise<Followed> {
  const id = started.metadata?.uid ?? '';
  const watching = new AbortController();
  let ending: Ending = 'completed';
  let terminating: Promise<void> | undefined;
  let graceTimer: NodeJS.Timeout | undefined;
  let run = started;
  let unterminated: CliError | undefined;

  const stop = (why: Ending): void => {
    if (ending !== 'completed') return;
    ending = why;
    if (whenStopped === 'leave') {
      watching.abort();
      return;
    }
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
    unterminated = await failureOf(terminating);
  } finally {
    clearTimeout(timer);
    clearTimeout(graceTimer);
    interrupt.removeEventListener('abort', onInterrupt);
  }
  return { run, ending, ...(unterminated === undefined ? {} : { unterminated }) };
}

/** What the user can do something about is told with how the run stands; everything else is a fault of ours. */
async function failureOf(terminating: Promise<void> | undefined): Promise<CliError | undefined> {
  try {
    await terminating;
    return undefined;
  } catch (error) {
    if (error instanceof CliError) return error;
    throw error;
  }
}
