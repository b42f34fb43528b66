import { type Agent, type ClientRequest, type IncomingMessage, request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import type { HttpRequest } from './http.js';
import { BodyError, TooLargeError } from './network-error.js';

/** One request on the wire. */
export interface WireRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: HttpRequest['body'] | undefined;
  readonly agent: Agent;
  /** What the request line names; absent: path and query of the URL. A proxy is told the whole URL. */
  readonly target?: string;
  readonly signal: AbortSignal;
  readonly maxBytes: number;
  /** See `HttpRequest.statusOnly`. */
  readonly statusOnly: boolean;
}

/** Bytes and time, in ms, that are spent on a body that nobody wants. */
const DRAIN = { bytes: 16 * 1024, timeoutMs: 1_000 } as const;

/** One answer from the wire, unpacked. */
export interface WireResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/**
 * Sends one request and reads the whole answer. A kept connection that the server closed while the request was on its
 * way is not an answer: the request is sent once more, on a new connection, as Go does.
 */
export async function exchange(request: WireRequest): Promise<WireResponse> {
  for (;;) {
    const sent = send(request);
    try {
      const response = await sent.response;
      if (request.statusOnly) return await readHead(response);
      return await read(response, request.maxBytes);
    } catch (error) {
      if (!sent.request.reusedSocket || !isReset(error) || request.signal.aborted) throw error;
    }
  }
}

function send({ method, url, headers, body, agent, target, signal }: WireRequest): {
  readonly request: ClientRequest;
  readonly response: Promise<IncomingMessage>;
} {
  const request = (url.protocol === 'https:' ? httpsRequest : httpRequest)(url, {
    method,
    headers,
    agent,
    signal,
    ...(target === undefined ? {} : { path: target }),
  });
  const response = new Promise<IncomingMessage>((resolve, reject) => {
    request.on('response', resolve);
    request.on('error', reject);
  });
  request.end(body);
  return { request, response };
}

const isReset = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'ECONNRESET' || error.code === 'EPIPE');

async function read(response: IncomingMessage, maxBytes: number): Promise<WireResponse> {
  const tooLarge = (): TooLargeError => {
    response.destroy();
    return new TooLargeError(`the answer is larger than ${maxBytes} bytes`);
  };
  if (Number(response.headers['content-length']) > maxBytes) throw tooLarge();

  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const chunk of unpacked(response)) {
      if (!(chunk instanceof Uint8Array)) continue;
      bytes += chunk.byteLength;
      if (bytes > maxBytes) throw tooLarge();
      chunks.push(chunk);
    }
  } catch (error) {
    throw isReset(error) ? new BodyError('unexpected EOF', { cause: error }) : error;
  }
  return { ...headOf(response), body: Buffer.concat(chunks, bytes) };
}

const headOf = (response: IncomingMessage): Pick<WireResponse, 'status' | 'headers'> => ({
  status: response.statusCode ?? 0,
  headers: Object.fromEntries(
    Object.entries(response.headersDistinct).map(([name, values = []]) => [name, values.join(', ')]),
  ),
});

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
