import type { IncomingMessage } from 'node:http';
import type { AnalysisRunStatus, Fault, ObjectMeta } from '../../../schemas/index.js';
import {
  isOf,
  object,
  ownerOf,
  parsed,
  problemOf,
  readList,
  readRun,
  type RunOwner,
  type ServiceRun,
} from './answers.js';
import { askedRetryAtMs, away, detailOf, ServiceAwayError, silent } from './away.js';
import { connectionTo, type ServiceRequest, textOf } from './connection.js';
import { type ServerSentEvent, serverSentEvents } from './server-sent-events.js';

/** A service of Assay, and who asks it. */
export interface ServiceAddress {
  /** http or https, without a slash at its end. */
  readonly url: string;
  /** Bearer token of a request; read for each, as tokens that are mounted are renewed. Undefined: none is sent. */
  readonly token: () => Promise<string | undefined>;
  /** Ends requests that are under way. Default: nothing does before their time is up. */
  readonly signal?: AbortSignal;
}

/** An AnalysisRun for the service, which says what is wrong with it. */
export interface HandedRun {
  readonly apiVersion: string;
  readonly kind: 'AnalysisRun';
  readonly metadata: ObjectMeta;
  readonly spec: Readonly<Record<string, unknown>>;
}

/** Which runs are meant. */
export type RunSelection = Readonly<{ selector: string; namespace?: string }>;

/** What became of a run that was handed to the service. */
export type HandedOver =
  | {
      readonly kind: 'known';
      readonly status: AnalysisRunStatus;
      /** What the run is measured by, where it is not what was handed over. */
      readonly spec?: HandedRun['spec'];
    }
  | { readonly kind: 'refused'; readonly faults: readonly Fault[] }
  /** Its id is that of a run of somebody else. */
  | { readonly kind: 'taken'; readonly by: RunOwner };

/** What happens on the stream of {@link ServiceClient.follow}. */
export type Followed =
  /** From here on no change is missed. */
  { readonly kind: 'ready' } | { readonly kind: 'run'; readonly run: ServiceRun };

/** The service over its public HTTP API. Every method rejects with {@link ServiceAwayError} when it can not be asked. */
export interface ServiceClient {
  /** Starts the run unless the service has it, and answers how it stands. */
  handOver(id: string, run: HandedRun): Promise<HandedOver>;
  /** Ends a run early; undefined: there is none. */
  terminate(id: string, owner?: RunOwner): Promise<AnalysisRunStatus | undefined>;
  /** Ends a run and forgets it, if there is one, and if it is `owner`'s where one is given. */
  forget(id: string, owner?: RunOwner): Promise<void>;
  /** Selected runs that go on. */
  running(selection: RunSelection): AsyncIterable<ServiceRun>;
  /** Changes of selected runs, over one connection, until it breaks off or `signal` is aborted. */
  follow(selection: RunSelection, signal: AbortSignal): AsyncIterable<Followed>;
}

/** Times of {@link createServiceClient}, ms. */
export interface ServiceTimes {
  readonly timeoutMs: number;
  /** A stream that is silent for so long is dead: the service sends something every 15 s. */
  readonly silenceMs: number;
}

const TIMES: ServiceTimes = { timeoutMs: 15_000, silenceMs: 45_000 };
/** After which time a stream tells how a run stands that goes on: soon enough to be in what an object has written once a second. */
const PROGRESS = '500ms';
/** A page of a list of runs. */
const PAGE = '500';

type Asked = Omit<ServiceRequest, 'token' | 'signal'>;

interface Answer {
  readonly status: number;
  /** When it wants to be asked again, epoch ms. */
  readonly retryAtMs?: number | undefined;
  readonly json: unknown;
}

/** The service at this address. */
export function createServiceClient(
  { url, token, signal: over }: ServiceAddress,
  { timeoutMs, silenceMs }: ServiceTimes = TIMES,
): ServiceClient {
  const send = connectionTo(url);
  const open = async (asked: Asked, signal: AbortSignal): Promise<IncomingMessage> => {
    const bearer = await token().catch((error: unknown) => {
      throw away(`the token for ${url} can not be read: ${detailOf(error)}`, error);
    });
    try {
      return await send({ ...asked, token: bearer, signal });
    } catch (error) {
      throw isTimeout(error)
        ? silent(url, error)
        : away(`${url} can not be reached: ${detailOf(error)}`, error);
    }
  };
  const ask = async (asked: Asked): Promise<Answer> => {
    const limit = AbortSignal.timeout(timeoutMs);
    const response = await open(asked, over === undefined ? limit : AbortSignal.any([limit, over]));
    const { statusCode: status = 0, headers } = response;
    try {
      const text = await textOf(response);
      const retryAtMs = askedRetryAtMs(status, headers, Date.now());
      return { status, retryAtMs, json: text === '' ? undefined : JSON.parse(text) };
    } catch (error) {
      if (limit.aborted) throw silent(url, error);
      throw away(`${url} answered ${status} with what is no JSON`, error);
    }
  };
  /** An answer that is none to the question: the operator, or time, has to do something. */
  const foreign = ({ status, json, retryAtMs }: Answer): ServiceAwayError => {
    const detail = problemOf(json)?.detail;
    const message = `${url} answered ${status}${detail === undefined ? '' : `: ${detail}`}`;
    return new ServiceAwayError(message, { retryAtMs });
  };
  const get = async (id: string): Promise<(ServiceRun & Pick<HandedRun, 'spec'>) | undefined> => {
    const answer = await ask({ method: 'GET', path: runPath(id) });
    if (answer.status === 404) return undefined;
    if (answer.status !== 200) throw foreign(answer);
    return { ...readRun(answer.json), spec: object(object(answer.json)['spec']) };
  };

  return {
    async handOver(id, run) {
      const answer = await ask({ method: 'PUT', path: runPath(id), body: run });
      switch (answer.status) {
        case 200:
        case 201:
          return { kind: 'known', status: readRun(answer.json).status };
        case 409: {
          const found = await get(id);
          if (found === undefined)
            throw away(
              `${url} has another run of the id ${id}, which it does not show, or forgets it just now`,
            );
          const { namespace, name, cluster } = found;
          if (!isOf(found, ownerOf(run.metadata))) return { kind: 'taken', by: { namespace, name, cluster } };
          // The object was changed since it was handed over: it is measured as it was.
          return { kind: 'known', status: found.status, spec: found.spec };
        }
        case 400:
        case 413:
        case 422: {
          const problem = problemOf(answer.json);
          if (problem === undefined) throw foreign(answer);
          // It was changed, or the service judges otherwise by now: what it has is measured as it was handed over.
          const found = await get(id);
          if (found !== undefined && isOf(found, ownerOf(run.metadata)))
            return { kind: 'known', status: found.status, spec: found.spec };
          const { detail = problem.title, errors = [] } = problem;
          if (errors.length > 0) return { kind: 'refused', faults: errors };
          const isLarge = answer.status === 413;
          const message = isLarge
            ? `the AnalysisRun is too large to be handed to the service: ${detail}`
            : detail;
          return { kind: 'refused', faults: [{ path: '', message }] };
        }
        default:
          throw foreign(answer);
      }
    },
    async terminate(id, owner) {
      if (owner !== undefined) {
        const found = await get(id);
        if (found === undefined || !isOf(found, owner)) return undefined;
      }
      const answer = await ask({ method: 'POST', path: `${runPath(id)}/terminate` });
      if (answer.status === 404) return undefined;
      if (answer.status !== 200) throw foreign(answer);
      return readRun(answer.json).status;
    },
    async forget(id, owner) {
      if (owner !== undefined) {
        const found = await get(id);
        if (found === undefined || !isOf(found, owner)) return;
      }
      const answer = await ask({ method: 'DELETE', path: runPath(id) });
      if (answer.status !== 204 && answer.status !== 404) throw foreign(answer);
    },
    async *running(selection) {
      let next: string | undefined;
      do {
        const query = new URLSearchParams({ ...selection, phase: 'Running', limit: PAGE });
        if (next !== undefined) query.set('continue', next);
        const answer = await ask({ method: 'GET', path: `${RUNS}?${query.toString()}` });
        if (answer.status !== 200) throw foreign(answer);
        const { items, continueToken } = readList(answer.json);
        yield* items;
        next = continueToken;
      } while (next !== undefined);
    },
    async *follow(selection, signal) {
      const query = new URLSearchParams({ ...selection, watch: 'true', progress: PROGRESS });
      const silent = new AbortController();
      const opening = setTimeout(() => {
        silent.abort(new Error('it did not answer in time'));
      }, timeoutMs);
      const response = await open(
        { method: 'GET', path: `${RUNS}?${query.toString()}` },
        AbortSignal.any([signal, silent.signal]),
      ).finally(() => {
        clearTimeout(opening);
      });
      const { statusCode: status = 0, headers } = response;
      if (status !== 200) {
        const retryAtMs = askedRetryAtMs(status, headers, Date.now());
        throw foreign({ status, retryAtMs, json: parsed(await textOf(response)) });
      }
      try {
        for await (const event of serverSentEvents(withLimit(response, silenceMs, silent))) {
          const followed = followedOf(event);
          if (followed !== undefined) yield followed;
        }
      } catch (error) {
        if (signal.aborted) return;
        const reason: unknown = silent.signal.aborted ? silent.signal.reason : error;
        throw away(`the stream of ${url} broke off: ${detailOf(reason)}`, error);
      }
    },
  };
}

const RUNS = '/v1/analysisruns';
const runPath = (id: string): string => `${RUNS}/${encodeURIComponent(id)}`;

/** The pieces of a body; `over` is aborted when none comes for too long. */
async function* withLimit(
  body: AsyncIterable<Uint8Array>,
  silenceMs: number,
  over: AbortController,
): AsyncGenerator<Uint8Array> {
  let timer: NodeJS.Timeout | undefined;
  const again = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      over.abort(new Error(`nothing came for ${silenceMs / 1_000} s`));
    }, silenceMs);
  };
  try {
    again();
    for await (const piece of body) {
      again();
      yield piece;
    }
  } finally {
    clearTimeout(timer);
  }
}

function followedOf({ event, data }: ServerSentEvent): Followed | undefined {
  switch (event) {
    case 'ready':
      return { kind: 'ready' };
    case 'run':
      // Without its spec, which the object has.
      return { kind: 'run', run: readRun({ spec: { metrics: [] }, ...object(parsed(data)) }) };
    default:
      return undefined;
  }
}

const isTimeout = (error: unknown): boolean => error instanceof Error && error.name === 'TimeoutError';
