import { type Agent, type ClientRequest, type IncomingMessage, request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import type { Deadline } from './deadline.js';
import type { HttpRequest } from './http.js';
import { BodyError, TooLargeError } from './network-error.js';

/** Where a request goes, as Node wants it told. */
export interface WireAddress {
  /** `http:` or `https:`. */
  readonly protocol: string;
  /** An IPv6 address has no brackets. */
  readonly hostname: string;
  /** Absent: the scheme's own. */
  readonly port?: string;
  /** What the request line names: path and query, or for a proxy the whole URL. */
  readonly path: string;
}

/** One request on the wire. */
export interface WireRequest {
  readonly method: string;
  readonly address: WireAddress;
  /** Latin-1, as Node writes them. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: HttpRequest['body'] | undefined;
  readonly agent: Agent;
  readonly deadline: Deadline;
  readonly maxBytes: number;
  /** See `HttpRequest.statusOnly`. */
  readonly statusOnly: boolean;
  /** See `HttpRequest.changesNothing`. */
  readonly changesNothing: boolean;
}

/** Bytes and time, in ms, that are spent on a body that nobody wants. */
const DRAIN = { bytes: 16 * 1024, timeoutMs: 1_000 } as const;

/** One answer from the wire, unpacked. */
export interface WireResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** Methods that change nothing, and headers by which a server recognises a request it has had: Go's, and Standard Webhooks'. */
const SAFE_METHOD = /^(?:GET|HEAD|OPTIONS|TRACE)$/;
const REPETITION_KEY = /^(?:(?:x-)?idempotency-key|webhook-id)$/i;

/**
 * Sends one request and reads the whole answer. A kept connection that the server closed while the request was on its
 * way is not an answer: a request that may be repeated is sent once more, on a new connection, as Go does. Any other
 * may have been received, and is not.
 */
export async function exchange(request: WireRequest): Promise<WireResponse> {
  for (;;) {
    const sent = send(request);
    const callOff = request.deadline.onEnd((reason) => {
      sent.request.destroy(reason);
    });
    try {
      const response = await sent.response;
      return await (request.statusOnly ? readHead(response) : read(response, request));
    } catch (error) {
      if (request.deadline.reason !== undefined) throw request.deadline.reason;
      if (!sent.request.reusedSocket || !isReset(error) || !mayRepeat(request)) throw error;
    } finally {
      callOff();
    }
  }
}

function send({ method, address, headers, body, agent }: WireRequest): {
  readonly request: ClientRequest;
  readonly response: Promise<IncomingMessage>;
} {
  const request = (address.protocol === 'https:' ? httpsRequest : httpRequest)({
    protocol: address.protocol,
    hostname: address.hostname,
    port: address.port,
    path: address.path,
    method,
    headers,
    agent,
  });
  const response = new Promise<IncomingMessage>((resolve, reject) => {
    request.on('response', resolve);
    request.on('error', reject);
  });
  // With a text Node would write headers and body as one, and headers beyond ASCII as UTF-8 of what is UTF-8 already.
  request.end(typeof body === 'string' ? Buffer.from(body) : body);
  return { request, response };
}

const mayRepeat = ({ method, headers, changesNothing }: WireRequest): boolean =>
  changesNothing ||
  SAFE_METHOD.test(method) ||
  Object.keys(headers).some((name) => REPETITION_KEY.test(name));

const isReset = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'ECONNRESET' || error.code === 'EPIPE');

/** By events: an async iterator over the body costs as much as all the rest of the reading. */
function read(response: IncomingMessage, { maxBytes, deadline }: WireRequest): Promise<WireResponse> {
  return new Promise((resolve, reject) => {
    const tooLarge = (): void => {
      reject(new TooLargeError(`the answer is larger than ${maxBytes} bytes`));
      response.destroy();
    };
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    const body = unpacked(response);
    // Before anything can destroy the answer: an error that nobody listens to ends the process.
    body.on('error', (error) => {
      reject(isReset(error) ? new BodyError('unexpected EOF', { cause: error }) : error);
    });
    if (Number(response.headers['content-length']) > maxBytes) {
      tooLarge();
      return;
    }
    body.on('data', (chunk: Uint8Array) => {
      bytes += chunk.byteLength;
      if (bytes > maxBytes) tooLarge();
      else chunks.push(chunk);
    });
    body.on('end', () => {
      const [first] = chunks;
      const whole = chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks, bytes);
      resolve({ ...headOf(response), body: whole });
    });
    body.on('close', () => {
      if (!body.readableEnded) reject(deadline.reason ?? new BodyError('unexpected EOF'));
    });
  });
}

function headOf({ statusCode = 0, rawHeaders }: IncomingMessage): Pick<WireResponse, 'status' | 'headers'> {
  const headers = new Map<string, string>();
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]?.toLowerCase() ?? '';
    const value = rawHeaders[index + 1] ?? '';
    const before = headers.get(name);
    headers.set(name, before === undefined ? value : `${before}, ${value}`);
  }
  return { status: statusCode, headers: Object.fromEntries(headers) };
}

/** The answer without its body. A body that is long, slow or broken changes nothing: it costs the connection. */
async function readHead(response: IncomingMessage): Promise<WireResponse> {
  const head = headOf(response);
  const timer = setTimeout(() => {
    response.destroy();
  }, DRAIN.timeoutMs);
  let bytes = 0;
  try {
    for await (const chunk of response) {
      if (chunk instanceof Uint8Array) bytes += chunk.byteLength;
      if (bytes > DRAIN.bytes) break; // closes the connection
    }
  } catch {
    // The status was received, and it is all that was asked for.
  } finally {
    clearTimeout(timer);
  }
  return { ...head, body: new Uint8Array() };
}

/** The body without its content coding. Unpacking a piece at a time lets the size cap stop a zip bomb. */
function unpacked(response: IncomingMessage): Readable {
  const coding = response.headers['content-encoding']?.trim().toLowerCase();
  if (coding === undefined || response.headers['content-length'] === '0' || response.statusCode === 204)
    return response;
  const decoder =
    coding === 'gzip' || coding === 'x-gzip'
      ? createGunzip()
      : coding === 'deflate'
        ? createInflate()
        : coding === 'br'
          ? createBrotliDecompress()
          : undefined;
  if (decoder === undefined) return response;
  // An error destroys the decoder with it, and reading the decoder then throws it: nothing is left to do here.
  return pipeline(response, decoder, () => undefined);
}
