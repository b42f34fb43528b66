import { randomUUID } from 'node:crypto';
import type { AnalysisRun, RunRequest } from '../../../schemas/index.js';
import { isCompleted } from '../../analysis/index.js';
import { CliError, EXIT } from '../exit-code.js';
import type { ServerClient } from '../server/client.js';
import { type FollowTimes, occasions } from '../server/occasions.js';
import { type Patience, patiently } from '../server/patience.js';
import { ServerError, withAdvice, withStartAdvice } from '../server/server-error.js';
import type { Runs } from './runs.js';

/** Options of {@link serverRuns}. */
export interface ServerRunsOptions {
  /** Told of a server that is away and back, a line each. */
  readonly notify: (line: string) => void;
  /** How long a server may be away while a run is followed, ms. Default five minutes. */
  readonly outageMs?: number;
  /** After which a server that is busy is not asked for a start any more, ms; never longer than `askMs`. */
  readonly startWithinMs?: number;
  readonly times?: Partial<ServerTimes>;
}

/** Times of {@link serverRuns}, ms. */
export interface ServerTimes extends FollowTimes {
  /** How long to ask for a start, or for an end, of a server that is busy. */
  readonly askMs: number;
  readonly retryMs: number;
}

const TIMES: ServerTimes = {
  pollMs: 2_000,
  beginMs: 5_000,
  silenceMs: 45_000,
  reopenMs: 1_000,
  askMs: 20_000,
  retryMs: 500,
};
const OUTAGE_MS = 5 * 60_000;

/** Runs of a server. They go on there whatever becomes of this command. */
export function serverRuns(
  client: ServerClient,
  { notify, outageMs = OUTAGE_MS, startWithinMs = Infinity, times: given = {} }: ServerRunsOptions,
): Runs<AnalysisRun | RunRequest> {
  const times = { ...TIMES, ...given };
  const closing = new AbortController();
  const asking: Patience = {
    outageMs: times.askMs,
    retryMs: times.retryMs,
    isPassing: ({ passing }) => passing,
  };
  const following: Patience = {
    ...asking,
    outageMs,
    onAway: ({ message }) => {
      notify(`${message.split('\n')[0] ?? ''}; the run goes on there, trying again`);
    },
    onBack: () => {
      notify(`${client.url} answers again`);
    },
  };
  return {
    async start(asked, interrupt) {
      refuseInterrupted(interrupt);
      const id = randomUUID();
      const ending = AbortSignal.any([interrupt, closing.signal]);
      const heard = { maybe: false };
      // With an id of ours the server starts one run, however often it is asked.
      const patience = {
        ...asking,
        outageMs: Math.min(startWithinMs, asking.outageMs),
        isPassing: ({ passing, neverReached }: ServerError) => {
          heard.maybe ||= passing && !neverReached;
          return passing && !neverReached;
        },
      };
      try {
        return await patiently(() => client.start(id, asked, ending), patience, ending);
      } catch (error) {
        if (interrupt.aborted) throw await interrupted(client, id, error);
        const told = withStartAdvice(error);
        if (!heard.maybe || !(told instanceof ServerError)) throw told;
        throw withAdvice(
          told,
          `The run ${id} may have been started there: \`assay watch ${id} --server ${client.url}\` tells.`,
        );
      }
    },
    async *changes(id, signal) {
      const ending = AbortSignal.any([signal, closing.signal]);
      const read = (waitMs?: number) => patiently(() => client.get(id, ending, waitMs), following, ending);
      try {
        let run = await read();
        yield run;
        if (isCompleted(run.status?.phase ?? '')) return;
        for await (const { waitMs } of occasions(client, id, times, ending)) {
          run = await read(waitMs);
          yield run;
          if (isCompleted(run.status?.phase ?? '')) return;
        }
      } catch (error) {
        if (!ending.aborted) throw lost(error, id, client.url);
      }
    },
    async terminate(id) {
      await patiently(() => client.terminate(id, closing.signal), asking, closing.signal);
    },
    close() {
      closing.abort();
      return Promise.resolve();
    },
  };
}

function refuseInterrupted(interrupt: AbortSignal): void {
  if (interrupt.aborted) throw new CliError(EXIT.interrupted, 'interrupted: no run was started');
}

/** Time to end a run that was being started when the user stopped, ms. */
const END_WITHIN_MS = 3_000;

/** What to say of a start that the user stopped. The server may have heard of the run: it is ended there. */
async function interrupted(client: ServerClient, id: string, cause: unknown): Promise<CliError> {
  try {
    await client.terminate(id, AbortSignal.timeout(END_WITHIN_MS));
    return new CliError(EXIT.interrupted, `interrupted: the run ${id} was terminated`, { cause });
  } catch {
    return new CliError(
      EXIT.interrupted,
      `interrupted: the run ${id} may have been started: \`assay terminate ${id} --server ${client.url}\` ends it`,
      { cause },
    );
  }
}

function lost(error: unknown, id: string, url: string): unknown {
  if (!(error instanceof ServerError)) return error;
  if (error.status === 404)
    return new CliError(
      EXIT.unavailable,
      `${url} knows the run ${id} no more: a server without Redis forgets its runs when it ends`,
      { cause: error },
    );
  return error.passing
    ? withAdvice(error, `The run goes on there: \`assay watch ${id} --server ${url}\` tells its verdict.`)
    : error;
}
