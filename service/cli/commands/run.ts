import type { CliDeps } from '../deps.js';
import { CliError, EXIT, type ExitCode, exitCodeOf } from '../exit-code.js';
import { planRun, type SpecOptions } from '../input/plan-run.js';
import { isColorful } from '../io.js';
import { type OutputFormat, renderRun } from '../output/index.js';
import { colorsWhen } from '../phase-style.js';
import { createReporter } from '../progress/reporter.js';
import { embeddedRuns } from '../runs/embedded-runs.js';
import { type Ending, followRun } from '../runs/follow-run.js';

/** A time as it was given, and in ms. */
export interface Timeout {
  readonly text: string;
  readonly ms: number;
}

/** Options of `assay run`. */
export interface RunOptions extends SpecOptions {
  readonly output: OutputFormat;
  /** When to give up. */
  readonly timeout?: Timeout;
}

/**
 * `assay run`: measures until there is a verdict and answers its exit code. The report goes to standard output; how the
 * run goes is shown there too in text, else on standard error, so that a program reads the report only.
 * @throws CliError when the input can not be used.
 */
export async function runCommand(options: RunOptions, deps: CliDeps): Promise<ExitCode> {
  const { io, clock } = deps;
  const run = await planRun(options, io);
  const assay = deps.openEmbedded();
  try {
    const runs = await embeddedRuns(assay.engine);
    const stream = options.output === 'text' ? io.out : io.err;
    const reporter = createReporter(stream, colorsWhen(isColorful(stream, io.env)), clock);
    try {
      const started = await runs.start(run);
      const outcome = await followRun(runs, started, {
        ...(options.timeout === undefined ? {} : { timeoutMs: options.timeout.ms }),
        interrupt: io.interrupt,
        onChange: (change) => {
          reporter.update(change);
        },
      });
      reporter.end();
      const early = endedEarly(outcome.ending, options.timeout);
      const colors = colorsWhen(isColorful(io.out, io.env));
      io.out.write(renderRun(outcome.run, options.output, colors, early?.message));
      if (early !== undefined) throw early;
      return exitCodeOf(outcome.run.status?.phase ?? '');
    } finally {
      reporter.end();
      await runs.close();
    }
  } finally {
    await assay.close();
  }
}

/** A terminated run may end Successful, as in the reference. It was not decided: the exit code has to say so. */
function endedEarly(ending: Ending, timeout: Timeout | undefined): CliError | undefined {
  switch (ending) {
    case 'completed':
      return undefined;
    case 'timedOut':
      return new CliError(EXIT.timedOut, `timed out after ${timeout?.text ?? ''}: the run was terminated`);
    case 'interrupted':
      return new CliError(EXIT.interrupted, 'interrupted: the run was terminated');
  }
}
