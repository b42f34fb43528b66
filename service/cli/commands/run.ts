import type { AnalysisRun, RunRequest } from '../../../schemas/index.js';
import type { CliDeps } from '../deps.js';
import type { ExitCode } from '../exit-code.js';
import { checkTaken, type NamedTemplateOptions, namedRequest } from '../input/named-templates.js';
import { planForServer, planRun, type SpecOptions } from '../input/plan-run.js';
import { type Timeout, timeoutOf } from '../input/timeout.js';
import { openEmbeddedRuns } from '../runs/open-embedded-runs.js';
import type { Runs } from '../runs/runs.js';
import { serverRuns } from '../runs/server-runs.js';
import { namedServer } from '../server/address.js';
import { createServerClient } from '../server/client.js';
import { progressFor, type ReportOptions, reportRun } from './report-run.js';

/** Options of `assay run`. */
export interface RunOptions extends Omit<SpecOptions, 'file'>, NamedTemplateOptions, ReportOptions {
  /** None when templates of a server are named. */
  readonly file?: readonly string[];
  /** Where to run; absent: what `ASSAY_SERVER` says, else in this process. */
  readonly server?: string;
}

/**
 * `assay run`: measures until there is a verdict, in this process or at a server, reports it and answers its exit code.
 * @throws CliError when the input can not be used, the server can not be reached, or there was no verdict in time.
 */
export async function runCommand(options: RunOptions, deps: CliDeps): Promise<ExitCode> {
  const timeout = timeoutOf(options.timeout);
  const begin = await planned(options, timeout, deps);
  const reporter = progressFor(options.output, deps);
  try {
    const { runs, start } = await begin((line) => {
      reporter.note(line);
    });
    try {
      return await reportRun(
        runs,
        await start(),
        { output: options.output, timeout, whenStopped: 'terminate' },
        { deps, reporter },
      );
    } finally {
      await runs.close();
    }
  } finally {
    reporter.end();
  }
}

/** Opens what runs a plan, and starts it. `notify` is told what becomes of it, a line each. */
type Begin = (notify: (line: string) => void) => Promise<{
  readonly runs: Omit<Runs, 'start'>;
  readonly start: () => Promise<AnalysisRun>;
}>;

/** Reads what is asked for, before anything is opened. */
async function planned(options: RunOptions, timeout: Timeout | undefined, deps: CliDeps): Promise<Begin> {
  const { io } = deps;
  const server = namedServer(options, io);
  const { file = [] } = options;
  const named = namedRequest(options, { atServer: server !== undefined, hasFiles: file.length > 0 });
  if (server === undefined) {
    const run = await planRun({ ...options, file }, io, (await deps.readNames()) ?? {});
    return async () => {
      const runs = await openEmbeddedRuns(deps);
      return { runs, start: () => runs.start(run, io.interrupt) };
    };
  }
  const asked = await planForServer({ ...options, file }, io, named);
  return (notify) => {
    // With a time after which the run is given up anyway, the server may be away until then.
    const patience = timeout === undefined ? {} : { outageMs: Infinity, startWithinMs: timeout.ms };
    const runs = serverRuns(createServerClient(server), { notify, ...patience });
    const start = async (): Promise<AnalysisRun> => {
      const started = await runs.start(asked, io.interrupt);
      notify(`run ${started.metadata?.uid ?? ''} at ${server.url}`);
      if ('templates' in asked) await endUnlessTaken(runs, started, asked);
      return started;
    };
    return Promise.resolve({ runs, start });
  };
}

/** Ends a run that does not take every argument it was given. @throws CliError (64) then. */
async function endUnlessTaken(
  runs: Pick<Runs, 'terminate'>,
  started: AnalysisRun,
  asked: RunRequest,
): Promise<void> {
  try {
    checkTaken(started, asked);
  } catch (error) {
    await runs.terminate(started.metadata?.uid ?? '');
    throw error;
  }
}
