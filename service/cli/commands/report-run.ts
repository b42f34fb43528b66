import type { AnalysisRun } from '../../../schemas/index.js';
import type { CliDeps } from '../deps.js';
import { CliError, EXIT, type ExitCode, exitCodeOfRun } from '../exit-code.js';
import type { Timeout } from '../input/timeout.js';
import { isColorful } from '../io.js';
import type { OutputFormat } from '../output/formats.js';
import { renderRun } from '../output/index.js';
import { colorsWhen } from '../phase-style.js';
import { createReporter, type ProgressReporter } from '../progress/reporter.js';
import { type Followed, followRun } from '../runs/follow-run.js';
import type { Runs } from '../runs/runs.js';

/** How a run is followed and reported, as it was given. */
export interface ReportOptions {
  readonly output: OutputFormat;
  /** A duration, after which to give up. */
  readonly timeout?: string;
}

/** What {@link reportRun} does in the end. */
export interface Report {
  readonly output: OutputFormat;
  readonly timeout: Timeout | undefined;
  /** What becomes of a run that is followed no more. */
  readonly whenStopped: 'terminate' | 'leave';
}

/** Shows how a run goes on standard output in text, else on standard error, so that a program reads the report only. */
export function progressFor(output: OutputFormat, { io, clock }: CliDeps): ProgressReporter {
  const stream = output === 'text' ? io.out : io.err;
  return createReporter(stream, colorsWhen(isColorful(stream, io.env)), clock);
}

/**
 * Follows a run to its end, reports it on standard output, and answers its exit code.
 * @throws CliError (124, 130) when it was followed no more before it was decided; its report says so.
 */
export async function reportRun(
  runs: Omit<Runs, 'start'>,
  started: AnalysisRun,
  { output, timeout, whenStopped }: Report,
  { deps, reporter }: { readonly deps: CliDeps; readonly reporter: ProgressReporter },
): Promise<ExitCode> {
  const { io } = deps;
  const followed = await followRun(runs, started, {
    ...(timeout === undefined ? {} : { timeoutMs: timeout.ms }),
    whenStopped,
    interrupt: io.interrupt,
    onChange: (change) => {
      reporter.update(change);
    },
  });
  reporter.end();
  const early = endedEarly(followed, { whenStopped, timeout });
  const colors = colorsWhen(isColorful(io.out, io.env));
  io.out.write(renderRun(followed.run, output, colors, early?.message));
  if (early !== undefined) throw early;
  return exitCodeOfRun(followed.run.status);
}

/** A terminated run may end Successful, as in the reference. It was not decided: the exit code has to say so. */
function endedEarly(
  { ending, unterminated }: Followed,
  { whenStopped, timeout }: Omit<Report, 'output'>,
): CliError | undefined {
  if (ending === 'completed') return undefined;
  const why = ending === 'timedOut' ? `timed out after ${timeout?.text ?? ''}` : 'interrupted';
  const exitCode = ending === 'timedOut' ? EXIT.timedOut : EXIT.interrupted;
  if (whenStopped === 'leave') return new CliError(exitCode, `${why}: the run goes on`);
  return unterminated === undefined
    ? new CliError(exitCode, `${why}: the run was terminated`)
    : new CliError(exitCode, `${why}, and the run could not be terminated: ${unterminated.message}`);
}
