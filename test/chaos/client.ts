import { setTimeout as delay } from 'node:timers/promises';
import type { AnalysisRun } from '../../schemas/index.js';

/** Time between two tries of a request that was told to come again, ms. */
const AGAIN_MS = 200;
/** How long a client asks for a run to be started, ms. */
const ACCEPTED_MS = 120_000;
/** Answers that say so: too much to do, or the backend is away. */
const COME_AGAIN = new Set([429, 503]);

/** What a patient client does: it repeats each request until it is answered. */
export interface Client {
  /** Gives the moment at which the run was accepted, epoch ms. */
  put(id: string, run: AnalysisRun): Promise<number>;
  /** The run once it has ended, or as it is at the deadline; undefined: it is not known. */
  ended(id: string, deadlineMs: number): Promise<AnalysisRun | undefined>;
  remove(id: string): Promise<void>;
  /** Answers that no client should have got. */
  readonly badAnswers: readonly string[];
}

/** A client of the API at `url`. */
export function createClient(url: string): Client {
  const badAnswers: string[] = [];
  /** Why a request was not answered at its last try, by its path. */
  const unanswered = new Map<string, string>();
  const ask = async (path: string, init: RequestInit, deadlineMs: number): Promise<Response | undefined> => {
    while (Date.now() < deadlineMs) {
      try {
        const answer = await fetch(`${url}/v1/analysisruns/${path}`, init);
        if (answer.ok || answer.status === 404) return answer;
        const told = `${answer.status} to ${init.method ?? 'GET'} ${path}: ${await answer.text()}`;
        unanswered.set(path, told);
        if (!COME_AGAIN.has(answer.status)) badAnswers.push(told);
      } catch (error) {
        // The process was killed; the next try finds the one that follows it.
        if (!(error instanceof TypeError || error instanceof SyntaxError)) throw error;
        unanswered.set(path, `${error.message}: ${String(error.cause)}`);
      }
      await delay(AGAIN_MS);
    }
    return undefined;
  };
  return {
    badAnswers,
    async put(id, run) {
      const headers = { 'content-type': 'application/json' };
      const init = { method: 'PUT', headers, body: JSON.stringify(run) };
      const answer = await ask(id, init, Date.now() + ACCEPTED_MS);
      if (answer === undefined)
        throw new Error(`${id} was not accepted: ${unanswered.get(id) ?? 'there was no answer'}`);
      if (answer.status === 404) badAnswers.push(`404 to PUT ${id}`);
      return Date.now();
    },
    async ended(id, deadlineMs) {
      let run: AnalysisRun | undefined;
      while (Date.now() < deadlineMs) {
        const answer = await ask(`${id}?wait=10s`, {}, deadlineMs);
        if (answer === undefined) break;
        if (answer.status === 404) return undefined;
        try {
          run = (await answer.json()) as AnalysisRun;
        } catch (error) {
          // The process was killed in the middle of its answer.
          if (!(error instanceof TypeError || error instanceof SyntaxError)) throw error;
          continue;
        }
        if (run.status?.verdict !== undefined) return run;
      }
      return run;
    },
    async remove(id) {
      await ask(id, { method: 'DELETE' }, Date.now() + 30_000);
    },
  };
}
