import type { CliDeps } from '../deps.js';
import type { ExitCode } from '../exit-code.js';
import { timeoutOf } from '../input/timeout.js';
import { serverRuns } from '../runs/server-runs.js';
import { askedServer } from '../server/address.js';
import { createServerClient } from '../server/client.js';
import { withStartAdvice } from '../server/server-error.js';
import { progressFor, type ReportOptions, reportRun } from './report-run.js';

/** Options of `assay watch`. */
export interface WatchOptions extends ReportOptions {
  readonly server?: string;
}

/**
 * `assay watch`: follows a run of a server to its verdict, reports it and answers its exit code, as `assay run` does.
 * Whoever stops watching leaves the run alone.
 * @throws CliError when the server can not be reached, knows no such run, or there was no verdict in time.
 */
export async function watchCommand(id: string, options: WatchOptions, deps: CliDeps): Promise<ExitCode> {
  const { output } = options;
  const timeout = timeoutOf(options.timeout);
  const client = createServerClient(askedServer(options, deps.io));
  const run = await client.get(id, deps.io.interrupt).catch((error: unknown) => {
    throw withStartAdvice(error);
  });
  const reporter = progressFor(output, deps);
  const runs = serverRuns(client, {
    notify: (line) => {
      reporter.note(line);
    },
    ...(timeout === undefined ? {} : { outageMs: Infinity }),
  });
  try {
    return await reportRun(runs, run, { output, timeout, whenStopped: 'leave' }, { deps, reporter });
  } finally {
    reporter.end();
    await runs.close();
  }
}
