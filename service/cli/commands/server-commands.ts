import type { AnalysisRun, AnalysisRunList } from '../../../schemas/index.js';
import { isCompleted } from '../../analysis/index.js';
import type { CliDeps } from '../deps.js';
import { CliError, EXIT, type ExitCode } from '../exit-code.js';
import { isColorful } from '../io.js';
import { timeoutOf } from '../input/timeout.js';
import type { OutputFormat } from '../output/formats.js';
import { renderObject, renderRun } from '../output/index.js';
import { runTable } from '../output/run-table.js';
import { colorsWhen } from '../phase-style.js';
import { printable } from '../printable.js';
import { viewRun } from '../run-view.js';
import { askedServer } from '../server/address.js';
import { createServerClient, type RunFilter, type ServerClient } from '../server/client.js';
import { withStartAdvice } from '../server/server-error.js';

/** Which server to ask; absent: what `ASSAY_SERVER` says, else the one on this machine. */
export interface ServerOption {
  readonly server?: string;
  /** Time after which the command gives up, e.g. `10s`. */
  readonly timeout?: string;
}

/** Options of `assay get`. */
export interface GetOptions extends ServerOption {
  readonly output: OutputFormat;
}

/** Options of `assay terminate`. */
export interface TerminateOptions extends ServerOption {
  readonly output: 'text' | 'json' | 'yaml';
}

/** Options of `assay list`. */
export interface ListOptions extends ServerOption, RunFilter {
  readonly limit: number;
  readonly output: 'text' | 'json' | 'yaml';
}

/** Runs on a page of the API at most. */
const PAGE = 500;

/** `assay get`: shows a run as it is now. Ends with 0 whatever its phase: it was read. */
export async function getCommand(id: string, options: GetOptions, deps: CliDeps): Promise<ExitCode> {
  const { io } = deps;
  const run = await asked(options, deps, (client, signal) => client.get(id, signal));
  io.out.write(renderRun(run, options.output, colorsWhen(isColorful(io.out, io.env))));
  return EXIT.successful;
}

/** `assay list`: shows the newest runs that fit. */
export async function listCommand(options: ListOptions, deps: CliDeps): Promise<ExitCode> {
  const { io, clock } = deps;
  const list = await asked(options, deps, (client, signal) => newestRuns(client, options, signal));
  const { items } = list;
  const place = { columns: io.out.isTty ? io.out.columns : Infinity, nowMs: clock.nowMs() };
  if (options.output !== 'text') io.out.write(renderObject(list, options.output));
  else if (items.length === 0) io.out.write('there are no such runs\n');
  else io.out.write(runTable(items, place, colorsWhen(isColorful(io.out, io.env))));
  if (list.metadata.continue !== undefined)
    io.err.write(`these are the newest ${items.length}: there are more, see --limit\n`);
  return EXIT.successful;
}

/** `assay terminate`: ends a run early. A run that has ended stays as it is. */
export async function terminateCommand(
  id: string,
  options: TerminateOptions,
  deps: CliDeps,
): Promise<ExitCode> {
  const { io } = deps;
  const { before, after } = await asked(options, deps, async (client, signal) => ({
    before: await client.get(id, signal),
    after: await client.terminate(id, signal),
  }));
  io.out.write(
    options.output === 'text' ? terminatedText(before, after) : renderObject(after, options.output),
  );
  return EXIT.successful;
}

function terminatedText(before: AnalysisRun, after: AnalysisRun): string {
  const title = printable(viewRun(after).title);
  const phase = after.status?.phase ?? '';
  if (isCompleted(before.status?.phase ?? '')) return `${title} had ended before: ${phase}\n`;
  return isCompleted(phase) ? `${title} is terminated: ${phase}\n` : `${title} is being terminated\n`;
}

/** Runs page by page, until there are as many as wanted. */
async function newestRuns(
  client: ServerClient,
  { limit, namespace, phase, selector }: ListOptions,
  signal: AbortSignal,
): Promise<AnalysisRunList> {
  const filter: RunFilter = {
    ...(namespace === undefined ? {} : { namespace }),
    ...(phase === undefined ? {} : { phase }),
    ...(selector === undefined ? {} : { selector }),
  };
  let page = await client.list(filter, Math.min(limit, PAGE), signal);
  const items = [...page.items];
  while (page.metadata.continue !== undefined && items.length < limit) {
    page = await client.list(filter, Math.min(limit - items.length, PAGE), signal, page.metadata.continue);
    items.push(...page.items);
  }
  return { ...page, items };
}

/** What the server answers. An interruption is an exit code, and a server that is not there comes with advice. */
async function asked<Answer>(
  options: ServerOption,
  { io }: CliDeps,
  ask: (client: ServerClient, signal: AbortSignal) => Promise<Answer>,
): Promise<Answer> {
  const timeout = timeoutOf(options.timeout);
  const timeUp = timeout === undefined ? undefined : AbortSignal.timeout(timeout.ms);
  const signal = timeUp === undefined ? io.interrupt : AbortSignal.any([io.interrupt, timeUp]);
  try {
    return await ask(createServerClient(askedServer(options, io)), signal);
  } catch (error) {
    if (io.interrupt.aborted) throw new CliError(EXIT.interrupted, 'interrupted', { cause: error });
    if (timeUp?.aborted === true)
      throw new CliError(EXIT.timedOut, `timed out: no answer within ${timeout?.text ?? ''}`, {
        cause: error,
      });
    throw withStartAdvice(error);
  }
}
