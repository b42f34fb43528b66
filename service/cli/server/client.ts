import type { AnalysisRun, AnalysisRunList, RunRequest } from '../../../schemas/index.js';
import type { ServerAddress } from './address.js';
import { isRun, isRunList } from './answers.js';
import { type EventBatch, eventBatches } from './events.js';
import { askJson, askStream, type ServerRequest } from './http.js';
import { foreignAnswer } from './server-error.js';

/** Which runs a list has. */
export interface RunFilter {
  readonly namespace?: string;
  readonly phase?: string;
  /** Labels, as `kubectl -l` takes them. */
  readonly selector?: string;
}

/**
 * The API of a server, as far as the commands use it. Every call throws `ServerError` when there is no answer or another
 * one than success, and the reason of its signal when that is aborted.
 */
export interface ServerClient {
  /** The address, fit to be shown. */
  readonly url: string;
  /** Starts a run with an id of ours; asking again with the same id is harmless. */
  start(id: string, asked: AnalysisRun | RunRequest, signal: AbortSignal): Promise<AnalysisRun>;
  /** A run, at once or when it is complete, but after `waitMs` at the latest. */
  get(id: string, signal: AbortSignal, waitMs?: number): Promise<AnalysisRun>;
  list(filter: RunFilter, limit: number, signal: AbortSignal, next?: string): Promise<AnalysisRunList>;
  /** Asks for the end of a run and answers how it stands. */
  terminate(id: string, signal: AbortSignal): Promise<AnalysisRun>;
  /** Tells that something happened in a run, after the event with the given id. Ends after the verdict. */
  events(id: string, after: string | undefined, signal: AbortSignal): AsyncIterable<EventBatch>;
}

/** A client of the API at an address. It keeps nothing. */
export function createServerClient(address: ServerAddress): ServerClient {
  const pathOf = (id: string): string => `/v1/analysisruns/${encodeURIComponent(id)}`;
  const askRun = async (request: ServerRequest): Promise<AnalysisRun> => {
    const answer = await askJson(address, request);
    if (!isRun(answer)) throw foreignAnswer(address.url, 200, 'JSON that is no AnalysisRun');
    return answer;
  };
  return {
    url: address.url,
    start: (id, asked, signal) => askRun({ method: 'PUT', path: pathOf(id), body: asked, signal }),
    get: (id, signal, waitMs) =>
      askRun({
        method: 'GET',
        path: pathOf(id),
        signal,
        ...(waitMs === undefined ? {} : { waitMs, query: { wait: `${waitMs}ms` } }),
      }),
    async list(filter, limit, signal, next) {
      const query = { ...filter, limit: String(limit), continue: next };
      const answer = await askJson(address, { method: 'GET', path: '/v1/analysisruns', query, signal });
      if (!isRunList(answer)) throw foreignAnswer(address.url, 200, 'JSON that is no AnalysisRunList');
      return answer;
    },
    terminate: (id, signal) => askRun({ method: 'POST', path: `${pathOf(id)}/terminate`, signal }),
    async *events(id, after, signal) {
      const response = await askStream(address, {
        method: 'GET',
        path: `${pathOf(id)}/events`,
        headers: { accept: 'text/event-stream', ...(after === undefined ? {} : { 'last-event-id': after }) },
        signal,
      });
      const type = response.headers.get('content-type') ?? 'no content';
      // After the verdict there is nothing more to tell: 204.
      if (response.body === null) return;
      if (!type.startsWith('text/event-stream')) throw foreignAnswer(address.url, response.status, type);
      yield* eventBatches(response.body);
    },
  };
}
