import { setMaxListeners } from 'node:events';
import { STATUS_CODES } from 'node:http';
import axios, { type AxiosAdapter, type AxiosInstance } from 'axios';
import { ProviderError } from '../provider-error.js';
import { type Agents, createAgents } from './agents.js';
import { checkHost, checkLiteral, type EgressPolicy, guardedLookup } from './egress.js';
import { exchange, type WireResponse } from './exchange.js';
import type { HttpClient, HttpRequest, HttpResponse } from './http.js';
import { DeadlineError, networkError } from './network-error.js';
import { forward, type ProxyRules } from './proxy.js';
import { type Hop, redirect } from './redirect.js';
import { parseRequestUrl, urlMessage } from './request-url.js';

/** Options of {@link createHttpClient}. */
export interface HttpClientOptions {
  readonly egress: EgressPolicy;
  /** For requests that do not say: time until the whole answer is there, in ms. Default 30 s. */
  readonly timeoutMs?: number;
  /** Bytes of an answer, unpacked, beyond which it is refused. Default 10 MiB. */
  readonly maxBytes?: number;
  /** Certificate authorities (PEM) to trust beside the well-known ones. */
  readonly ca?: string;
  /** Which proxy a request goes through. Default: none, whatever the environment says. */
  readonly proxy?: ProxyRules;
}

const DEFAULT_TIMEOUT_MS = 30_000;
const DEFAULT_MAX_BYTES = 10 * 1024 * 1024;
/** Requests in a chain of redirects, the first one included: Go's. */
const MAX_HOPS = 10;
/** The longest time that a timer can wait. */
const MAX_TIMER_MS = 2 ** 31 - 1;
/** Statuses that Go names otherwise than Node. */
const GO_STATUS_TEXTS: Readonly<Record<number, string>> = {
  413: 'Request Entity Too Large',
  414: 'Request URI Too Long',
  416: 'Requested Range Not Satisfiable',
  418: "I'm a teapot",
  509: '',
};
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/**
 * The client of all providers. Axios carries the request; the adapter below it is ours, because the built-in one
 * obeys proxy variables of the environment, follows redirects by itself and costs three times as much.
 */
export function createHttpClient(options: HttpClientOptions): HttpClient {
  const agents = createAgents(guardedLookup(options.egress), options.ca);
  const wire = axios.create({
    transformRequest: [],
    transformResponse: [],
    validateStatus: null,
    proxy: false,
  });
  wire.defaults.headers.common = {};
  return {
    async request(request) {
      checkRequest(request);
      const deadline = startDeadline(request, options.timeoutMs ?? DEFAULT_TIMEOUT_MS);
      try {
        return await follow(request, { options, agents, wire, deadline });
      } finally {
        deadline.end();
      }
    },
    close() {
      agents.close();
    },
  };
}

interface Means {
  readonly options: HttpClientOptions;
  readonly agents: Agents;
  readonly wire: AxiosInstance;
  readonly deadline: Deadline;
}

async function follow(request: HttpRequest, means: Means): Promise<HttpResponse> {
  const { method, headers = {}, body } = request;
  let hop: Hop = { method, url: parseRequestUrl(method, request.url), headers, body };
  let shownUrl = request.url;
  for (let hops = 1; ; hops += 1) {
    const response = await sendHop(hop, shownUrl, request, means);
    const next =
      request.statusOnly === true ? undefined : redirect(hop, response.status, response.headers['location']);
    if (next === undefined) return present(response);
    shownUrl = next.url.href;
    if (hops === MAX_HOPS) {
      throw new ProviderError(
        'badResponse',
        urlMessage(next.method, shownUrl, `stopped after ${MAX_HOPS} redirects`),
      );
    }
    parseRequestUrl(next.method, shownUrl);
    hop = next;
  }
}

async function sendHop(
  hop: Hop,
  shownUrl: string,
  request: HttpRequest,
  means: Means,
): Promise<WireResponse> {
  const { options, agents, wire, deadline } = means;
  const proxy = options.proxy?.(hop.url);
  const forwarded = forward(hop.url, proxy);
  const limit = options.maxBytes ?? DEFAULT_MAX_BYTES;
  const adapter: AxiosAdapter = async (config) => {
    const response = await exchange({
      method: hop.method,
      url: hop.url,
      headers: Object.fromEntries(
        // Node writes headers as Latin-1; this makes UTF-8 of it, as Go sends it.
        Object.entries(config.headers.toJSON()).map(([name, value]) => [
          name,
          Buffer.from(String(value)).toString('latin1'),
        ]),
      ),
      body: hop.body,
      agent: agents.for(hop.url, request.tls ?? {}, proxy),
      ...forwarded.line,
      signal: deadline.signal,
      maxBytes: Math.min(request.maxBytes ?? limit, limit),
      statusOnly: request.statusOnly ?? false,
    });
    const { status, headers } = response;
    return { data: response, status, statusText: '', headers, config };
  };
  try {
    deadline.signal.throwIfAborted();
    if (proxy === undefined) checkLiteral(options.egress, hop.url.hostname);
    else await deadline.bound(checkHost(options.egress, hop.url.hostname));
    const { data } = await wire.request<WireResponse>({
      url: hop.url.href,
      method: hop.method,
      headers: { ...wireHeaders(hop), ...forwarded.headers },
      adapter,
    });
    return data;
  } catch (error) {
    throw networkError(hop.method, shownUrl, deadline.reason(error));
  }
}

/** `false` keeps axios from inventing a Content-Type. User and password of the URL are basic auth, as in Go. */
function wireHeaders({ headers, url }: Hop): Record<string, string | false> {
  const given = new Set(Object.keys(headers).map((name) => name.toLowerCase()));
  const userinfo = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  return {
    ...(given.has('user-agent') ? {} : { 'User-Agent': 'assay' }),
    ...(given.has('accept-encoding') ? {} : { 'Accept-Encoding': 'gzip' }),
    ...(given.has('content-type') ? {} : { 'Content-Type': false }),
    ...(given.has('authorization') || userinfo === ':'
      ? {}
      : { Authorization: `Basic ${Buffer.from(userinfo).toString('base64')}` }),
    ...headers,
  };
}

function present({ status, headers, body }: WireResponse): HttpResponse {
  return {
    status,
    statusText: GO_STATUS_TEXTS[status] ?? STATUS_CODES[status] ?? '',
    headers,
    body,
    text: () => new TextDecoder('utf-8', { ignoreBOM: true }).decode(body),
  };
}

function checkRequest({ method, headers = {} }: HttpRequest): void {
  if (!TOKEN.test(method)) {
    throw new ProviderError('invalidSpec', `net/http: invalid method ${JSON.stringify(method)}`);
  }
  for (const [name, value] of Object.entries(headers)) {
    if (!TOKEN.test(name)) {
      throw new ProviderError('invalidSpec', `net/http: invalid header field name ${JSON.stringify(name)}`);
    }
    // The value is not shown: it may be a secret.
    if (/[\u0000-\u0008\u000a-\u001f\u007f]/.test(value)) {
      throw new ProviderError(
        'invalidSpec',
        `net/http: invalid header field value for ${JSON.stringify(name)}`,
      );
    }
  }
}

interface Deadline {
  readonly signal: AbortSignal;
  /** What really ended the request: its deadline, its caller, or `error`. */
  reason(error: unknown): unknown;
  /** `work`, but no longer than the request may take: for what can not be aborted. */
  bound(work: Promise<void>): Promise<void>;
  end(): void;
}

/** One signal for the deadline and the caller; `AbortSignal.any` is not used, as it keeps memory on long-lived signals. */
function startDeadline({ signal, timeoutMs, method, url }: HttpRequest, defaultMs: number): Deadline {
  const controller = new AbortController();
  const waitMs = Math.min(timeoutMs ?? defaultMs, MAX_TIMER_MS);
  let ended: Error | undefined;
  const abort = (reason: Error): void => {
    ended ??= reason;
    controller.abort(reason);
  };
  const late = (): void => {
    abort(new DeadlineError());
  };
  const stop = (): void => {
    abort(new ProviderError('canceled', urlMessage(method, url, 'context canceled')));
  };
  const timer = waitMs > 0 ? setTimeout(late, waitMs) : undefined;
  if (signal.aborted) stop();
  else if (timer === undefined) late();
  // Many requests at once may share a signal; each takes its listener away again, so nothing leaks.
  setMaxListeners(0, signal);
  signal.addEventListener('abort', stop, { once: true });
  return {
    signal: controller.signal,
    reason: (error) => ended ?? error,
    bound: (work) => {
      const over = new Promise<void>((_resolve, reject) => {
        controller.signal.addEventListener('abort', () => {
          reject(ended ?? new DeadlineError());
        });
      });
      return Promise.race([work, over]);
    },
    end() {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
    },
  };
}
