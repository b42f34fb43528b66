import { type IncomingMessage, request as plainRequest } from 'node:http';
import { Agent, type RequestOptions, request as secureRequest } from 'node:https';
import { isDeepStrictEqual } from 'node:util';
import { elapsedMs } from '../../platform/index.js';
import { errorText } from '../provider-error.js';
import type { ClusterCredentials } from './kube-config.js';
import type { ApiRequest, KubernetesApi } from './kubernetes-api.js';
import { KubernetesError, refusal } from './kubernetes-error.js';
import { renewedAccess } from './renewed-access.js';

/** Limits of {@link createKubernetesApi}. */
export interface ConnectionLimits {
  /** Time a whole answer may take, ms. */
  readonly timeoutMs: number;
  /** Time an answer that goes on may be silent, ms; longer than the minute between bookmarks of a watch. */
  readonly silenceMs: number;
}

const LIMITS: ConnectionLimits = { timeoutMs: 10_000, silenceMs: 90_000 };
/** Who asks: fields that are written have it as their manager, and so do conflicts and the audit log of the API server. */
const USER_AGENT = 'assay';
/** Bytes of an answer that are taken: a list of Jobs is read by pages. */
const MAX_BYTES = 32 * 1024 * 1024;

/**
 * Requests over kept connections with the credentials of a kubeconfig or a service account, which the client library
 * reads and renews; a kubeconfig that is replaced is read again. They are the operator's, so that the egress rules for what specs name do not apply.
 */
export function createKubernetesApi(
  credentials: ClusterCredentials,
  { timeoutMs, silenceMs }: ConnectionLimits = LIMITS,
): KubernetesApi {
  const agents = new KeptAgent();
  const access = renewedAccess(credentials, elapsedMs);

  const open = async (request: ApiRequest, limitMs: number): Promise<IncomingMessage> => {
    const { server, isProxied, authorize } = await access.current();
    const url = new URL(`${server}${request.path}`);
    for (const [name, value] of Object.entries(request.query ?? {})) url.searchParams.set(name, value);
    const options: RequestOptions = { method: request.method, signal: request.signal, timeout: limitMs };
    try {
      await authorize(options);
    } catch (error) {
      throw new KubernetesError('unauthorized', `no credentials for the Kubernetes API: ${errorText(error)}`);
    }
    // What the library made fits anything but a plain connection with TLS, which is kept.
    const own = !isProxied && url.protocol === 'https:';
    const agent = own ? agents.for(options) : options.agent;
    const response = await send(url, { ...options, agent }, request);
    if (response.statusCode === 401) access.doubt();
    return response;
  };

  return {
    async request(request) {
      try {
        return await within(timeoutMs, request.signal, async (signal) => {
          const response = await open({ ...request, signal }, timeoutMs);
          const body = await textOf(response);
          if (!isGood(response)) throw refusal(response, body);
          return parsed(body);
        });
      } catch (error) {
        throw failure(error, request);
      }
    },
    async *lines(request) {
      try {
        const response = await open(request, silenceMs);
        if (!isGood(response)) throw refusal(response, await textOf(response));
        response.setTimeout(silenceMs, () => {
          response.destroy(new KubernetesError('timeout', 'the watch was silent for too long'));
        });
        yield* linesOf(response);
      } catch (error) {
        throw failure(error, request);
      }
    },
    close() {
      agents.close();
    },
  };
}

/**
 * The work, whose signal is aborted when the time is up or `signal` is. `AbortSignal.any` is not used, as it keeps memory
 * on signals that live long.
 */
async function within<Result>(
  timeoutMs: number,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const controller = new AbortController();
  const abort = (): void => {
    controller.abort();
  };
  const timer = setTimeout(abort, timeoutMs);
  signal.addEventListener('abort', abort, { once: true });
  if (signal.aborted) abort();
  try {
    return await work(controller.signal);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', abort);
  }
}

type TlsOptions = Pick<RequestOptions, 'ca' | 'cert' | 'key' | 'servername' | 'rejectUnauthorized'>;

/** One agent for as long as the TLS credentials stay the same: the library makes a new one for each request. */
class KeptAgent {
  #agent: Agent | undefined;
  #of: TlsOptions = {};

  for({ ca, cert, key, servername, rejectUnauthorized }: RequestOptions): Agent {
    const wanted: TlsOptions = {
      ...(ca === undefined ? {} : { ca }),
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
      ...(servername === undefined ? {} : { servername }),
      ...(rejectUnauthorized === undefined ? {} : { rejectUnauthorized }),
    };
    if (this.#agent === undefined || !isDeepStrictEqual(wanted, this.#of)) {
      this.#agent?.destroy();
      this.#agent = new Agent({ ...wanted, keepAlive: true });
      this.#of = wanted;
    }
    return this.#agent;
  }

  close(): void {
    this.#agent?.destroy();
    this.#agent = undefined;
  }
}

function send(url: URL, options: RequestOptions, { method, body }: ApiRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = (url.protocol === 'https:' ? secureRequest : plainRequest)(url, options, resolve);
    request.setHeader('accept', 'application/json');
    request.setHeader('user-agent', USER_AGENT);
    request.on('timeout', () => {
      request.destroy(new KubernetesError('timeout', 'the Kubernetes API did not answer in time'));
    });
    request.on('error', reject);
    if (body === undefined) {
      request.end();
      return;
    }
    const bytes = Buffer.from(JSON.stringify(body));
    request.setHeader('content-type', contentType(method, body));
    // Node says no length of the body of a DELETE, which is then taken for the next request.
    request.setHeader('content-length', bytes.length);
    request.end(bytes);
  });
}

function contentType(method: ApiRequest['method'], body: unknown): string {
  if (method !== 'PATCH') return 'application/json';
  return Array.isArray(body) ? 'application/json-patch+json' : 'application/merge-patch+json';
}

async function* linesOf(response: IncomingMessage): AsyncGenerator {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of response as AsyncIterable<Buffer>) {
    const lines = `${rest}${decoder.decode(chunk, { stream: true })}`.split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > MAX_BYTES) throw tooLarge();
    for (const line of lines) yield parsed(line);
  }
}

async function textOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BYTES) {
      response.destroy();
      throw tooLarge();
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

const tooLarge = (): KubernetesError =>
  new KubernetesError('tooLarge', `the Kubernetes API answered with more than ${MAX_BYTES} bytes`);

const isGood = ({ statusCode = 0 }: IncomingMessage): boolean => statusCode >= 200 && statusCode < 300;

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new KubernetesError('badResponse', 'the Kubernetes API answered with what is no JSON', undefined, {
      cause: error,
    });
  }
}

/** Whatever went wrong, as an error that says what was asked. */
function failure(error: unknown, { method, path, signal }: ApiRequest): KubernetesError {
  if (error instanceof KubernetesError) return error;
  if (signal.aborted)
    return new KubernetesError('canceled', `${method} ${path}: canceled`, undefined, { cause: error });
  const late = error instanceof Error && (error.name === 'TimeoutError' || error.name === 'AbortError');
  const reason = late ? 'no answer in time' : errorText(error);
  return new KubernetesError(
    late ? 'timeout' : 'unreachable',
    `the Kubernetes API can not be reached: ${reason}`,
    undefined,
    { cause: error },
  );
}
