import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import { type Log, pause, type Timers } from '../../platform/index.js';
import { readCertificate } from './certificate.js';
import { review, type Reviewed } from './review.js';

/** Where a webhook listens, and with what certificate. */
export interface AdmissionSettings {
  /** Folder with `tls.crt` and `tls.key`, as a mounted Secret of the type `kubernetes.io/tls`. */
  readonly certificates: string;
  /** 0: any free one. */
  readonly port: number;
}

/** What a webhook needs. */
export interface AdmissionDeps {
  readonly timers: Timers;
  readonly log: Log;
  /** Told how each review ended; `faulty` was no review. */
  readonly onReview: (outcome: Reviewed['outcome'] | 'faulty') => void;
}

/** A webhook that listens. */
export interface RunningAdmission {
  readonly port: number;
  /** Takes no more reviews, and answers those that it has. */
  close(): Promise<void>;
}

/** Path of reviews. */
const PATH = '/admission';
/** Bytes of a review: two states of an object, each of which etcd takes up to 1.5 MiB of. */
const MAX_BYTES = 8 * 1024 * 1024;
/** How often the certificate is looked at: a mounted Secret changes within a minute of its renewal. */
const RENEW_EVERY_MS = 10_000;
/** The API server waits for at most 30 s, and by default for 10. */
const REQUEST_MS = 10_000;
/** Connections that are open so long after the end was asked for are cut. */
const CLOSE_MS = 2_000;

/**
 * Listens for AdmissionReviews over TLS, `POST /admission`. Every replica does, whoever leads: it decides from the object
 * alone. A certificate that is renewed on disk is taken over; while the one on disk can not be used, that of before is.
 * @throws CertificateError when there is no certificate at the start; what Node says when the port can not be had.
 */
export async function startAdmission(
  { certificates, port }: AdmissionSettings,
  deps: AdmissionDeps,
): Promise<RunningAdmission> {
  const first = await readCertificate(certificates);
  const server = createServer(
    { cert: first.cert, key: first.key, minVersion: 'TLSv1.2', requestTimeout: REQUEST_MS },
    (request, response) => {
      answer(request, response, deps).catch((error: unknown) => {
        deps.log.warn({ err: error }, 'an object could not be judged');
        deps.onReview('faulty');
        response.destroy();
      });
    },
  );
  server.listen(port);
  await once(server, 'listening');
  const over = new AbortController();
  const renewing = renew(server, { folder: certificates, version: first.version }, deps, over.signal);
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    async close() {
      over.abort();
      await renewing;
      const cancel = deps.timers.set(() => {
        server.closeAllConnections();
      }, CLOSE_MS);
      server.closeIdleConnections();
      await new Promise((resolve) => server.close(resolve));
      cancel();
    },
  };
}

async function renew(
  server: ReturnType<typeof createServer>,
  { folder, version }: { readonly folder: string; readonly version: string },
  { timers, log }: AdmissionDeps,
  signal: AbortSignal,
): Promise<void> {
  let [current, trouble] = [version, ''];
  while ((await pause(timers, RENEW_EVERY_MS, signal)) === 'late') {
    try {
      const next = await readCertificate(folder);
      trouble = '';
      if (next.version === current) continue;
      server.setSecureContext({ cert: next.cert, key: next.key, minVersion: 'TLSv1.2' });
      current = next.version;
      log.info({ folder }, 'the certificate of the admission webhook was renewed');
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (reason !== trouble)
        log.warn({ err: error }, 'the certificate of the admission webhook can not be renewed');
      trouble = reason;
    }
  }
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { log, onReview }: AdmissionDeps,
): Promise<void> {
  if (request.url?.split('?')[0] !== PATH || request.method !== 'POST') {
    refuse(response, 404, `POST an AdmissionReview to ${PATH}`);
    return;
  }
  const body = await bodyOf(request);
  const reviewed = body === undefined ? undefined : review(body);
  if (reviewed === undefined) {
    onReview('faulty');
    refuse(response, 400, 'the body must be an AdmissionReview as JSON, of at most 8 MiB');
    return;
  }
  const { outcome, kind, namespace, name, faults } = reviewed;
  onReview(outcome);
  if (outcome === 'refused')
    log.info({ kind, namespace, name, faults: faults.length }, 'an object was refused');
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(reviewed.answer));
}

function refuse(response: ServerResponse, status: number, message: string): void {
  response.writeHead(status, { 'content-type': 'text/plain', connection: 'close' }).end(`${message}\n`);
}

/** The body as JSON; undefined: it is too large, or no JSON. */
async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of request as AsyncIterable<Buffer>) {
    size += piece.length;
    if (size > MAX_BYTES) return undefined;
    pieces.push(piece);
  }
  try {
    return JSON.parse(Buffer.concat(pieces).toString('utf8'));
  } catch {
    return undefined;
  }
}
