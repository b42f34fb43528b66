import type { CliDeps } from '../deps.js';
import type { ExitCode } from '../exit-code.js';
import { planRun, type SpecOptions } from '../input/plan-run.js';
import { timeoutOf } from '../input/timeout.js';
import { openRuns } from '../runs/open-runs.js';
import { namedServer } from '../server/address.js';
import { progressFor, type ReportOptions, reportRun } from './report-run.js';

/** Options of `assay run`. */
export interface RunOptions extends SpecOptions, ReportOptions {
  /** Where to run; absent: what `ASSAY_SERVER` says, else in this process. */
  readonly server?: string;
}

/**
 * `assay run`: measures until there is a verdict, in this process or at a server, reports it and answers its exit code.
 * @throws CliError when the input can not be used, the server can not be reached, or there was no verdict in time.
 */
export async function runCommand(options: RunOptions, deps: CliDeps): Promise<ExitCode> {
  const { io } = deps;
  const { output } = options;
  const timeout = timeoutOf(options.timeout);
  const server = namedServer(options, io.env);
  // Those of a server are the server's to know.
  const names = server === undefined ? ((await deps.readNames()) ?? {}) : undefined;
  const run = await planRun(options, io, names);
  const reporter = progressFor(output, deps);
  const notify = (line: string): void => {
    reporter.note(line);
  };
  try {
    const runs = await openRuns({ server, timed: timeout !== undefined, notify }, deps);
    try {
      const started = await runs.start(run, io.interrupt);
      if (server !== undefined) notify(`run ${started.metadata?.uid ?? ''} at ${server.url}`);
      return await reportRun(
        runs,
        started,
        { output, timeout, whenStopped: 'terminate' },
        { deps, reporter },
      );
    } finally {
      await runs.close();
    }
  } finally {
    reporter.end();
  }
}
