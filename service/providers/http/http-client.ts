import { STATUS_CODES } from 'node:http';
import { ProviderError } from '../provider-error.js';
import { type Agents, createAgents } from './agents.js';
import { Deadline } from './deadline.js';
import { createDestinations, type Destination, type Destinations } from './destination.js';
import { checkHost, type EgressPolicy, guardedLookup, type Resolve } from './egress.js';
import type { WireResponse } from './exchange.js';
import type { HttpClient, HttpRequest, HttpResponse } from './http.js';
import { networkError } from './network-error.js';
import type { ProxyRules } from './proxy.js';
import { type Hop, redirect } from './redirect.js';
import { urlMessage } from './request-url.js';
import { createWire, type Wire } from './wire.js';
import { checkRequest, wireHeaders } from './wire-headers.js';

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
  /** Finds the addresses of names. Default: the system's resolver. */
  readonly resolve?: Resolve;
}

const DEFAULT_TIMEOUT_MS = 30_000;
const DEFAULT_MAX_BYTES = 10 * 1024 * 1024;
/** Requests in a chain of redirects, the first one included: Go's. */
const MAX_HOPS = 10;
/** Statuses that Go names otherwise than Node. */
const GO_STATUS_TEXTS: Readonly<Record<number, string>> = {
  413: 'Request Entity Too Large',
  414: 'Request URI Too Long',
  416: 'Requested Range Not Satisfiable',
  418: "I'm a teapot",
  509: '',
};
const UTF8 = new TextDecoder('utf-8', { ignoreBOM: true });

/** The client of all providers, over axios (see {@link createWire}). */
export function createHttpClient(options: HttpClientOptions): HttpClient {
  const agents = createAgents(guardedLookup(options.egress, options.resolve), options.ca);
  const means = {
    ...{ options, agents },
    destinationOf: createDestinations(options.egress, options.proxy),
    wire: createWire(),
  };
  return {
    async request(request) {
      checkRequest(request);
      const deadline = new Deadline(request, options.timeoutMs ?? DEFAULT_TIMEOUT_MS);
      try {
        return await follow(request, deadline, means);
      } finally {
        deadline.close();
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
  readonly destinationOf: Destinations;
  readonly wire: Wire;
}

async function follow(request: HttpRequest, deadline: Deadline, means: Means): Promise<HttpResponse> {
  const { method, headers = {}, body } = request;
  let shownUrl = request.url;
  let destination = find(method, shownUrl, means);
  let hop: Hop = { method, url: destination.url, headers, body };
  for (let hops = 1; ; hops += 1) {
    let response: WireResponse;
    try {
      response = await sendHop(hop, destination, request, deadline, means);
    } catch (error) {
      throw networkError(hop.method, shownUrl, deadline.reason ?? error);
    }
    const isLast = request.statusOnly === true || request.noRedirects === true;
    const next = isLast ? undefined : redirect(hop, response.status, response.headers['location']);
    if (next === undefined) return present(response);
    shownUrl = next.url.href;
    if (request.staysSecure === true && hop.url.protocol === 'https:' && next.url.protocol !== 'https:')
      throw new ProviderError(
        'badResponse',
        urlMessage(next.method, shownUrl, 'a redirect leads from https to http'),
      );
    if (hops === MAX_HOPS) {
      throw new ProviderError(
        'badResponse',
        urlMessage(next.method, shownUrl, `stopped after ${MAX_HOPS} redirects`),
      );
    }
    destination = find(next.method, shownUrl, means);
    hop = next;
  }
}

function find(method: string, url: string, { destinationOf }: Means): Destination {
  try {
    return destinationOf(method, url);
  } catch (error) {
    throw networkError(method, url, error);
  }
}

async function sendHop(
  { method, headers, body }: Hop,
  destination: Destination,
  { tls = {}, maxBytes, statusOnly = false, changesNothing = false }: HttpRequest,
  deadline: Deadline,
  { options, agents, wire }: Means,
): Promise<WireResponse> {
  if (deadline.reason !== undefined) throw deadline.reason;
  const { url, address, proxy } = destination;
  if (proxy !== undefined) await deadline.bound(checkHost(options.egress, url.hostname, options.resolve));
  const limit = options.maxBytes ?? DEFAULT_MAX_BYTES;
  return wire({
    ...{ method, address, body, deadline, statusOnly, changesNothing },
    headers: wireHeaders(headers, destination),
    agent: agents.for(url, tls, proxy),
    maxBytes: Math.min(maxBytes ?? limit, limit),
  });
}

function present({ status, headers, body }: WireResponse): HttpResponse {
  return {
    status,
    statusText: GO_STATUS_TEXTS[status] ?? STATUS_CODES[status] ?? '',
    headers,
    body,
    text: () => UTF8.decode(body),
  };
}
