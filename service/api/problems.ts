import { STATUS_CODES } from 'node:http';
import type { ErrorRequestHandler, Response } from 'express';
import type { Problem } from '../../schemas/index.js';
import {
  ArchiveDamagedError,
  ArchiveError,
  BadContinueTokenError,
  type Engine,
  IdConflictError,
  StoreAwayError,
  StoreRefusalError,
  TooManyRunsError,
} from '../engine/index.js';
import type { Log, Metrics } from '../platform/index.js';
import { EngineTimeoutError } from './prompt-engine.js';
import { RequestError } from './request-error.js';

/** Seconds after which a client may try again while the backend is away. */
const RETRY_AFTER_S = 5;
/** Seconds after which a run of a full namespace may find a place. */
const RETRY_RUNNING_S = 10;

/** What a client is told while runs can not be reached. */
export const awayDetail = (reasons: readonly string[]): string =>
  `runs can not be reached (${reasons.join('; ')}): try again; with an id or Idempotency-Key the same run is not started twice`;

/** What a client is told when runs are there and the answer takes too long. */
export const busyDetail = (reason: string): string =>
  `there is too much to do (${reason}): what was asked for may have been done; repeat it with the same id or Idempotency-Key`;

/** What a client is told when a run is not among those of late, and those of before can not be looked up. */
const ARCHIVE_DETAIL =
  'the run goes on nowhere and has not ended lately, and the archive, which may have it, does not answer: try again';

/** What a client is told of a run that was kept, and can not be read any more. */
const DAMAGED_DETAIL =
  'the run has ended and what the archive kept of it is damaged, the log says where: restore it from a copy; nothing is started under its id';

/** Answers with an error as in RFC 9457. */
export function sendProblem(
  response: Response,
  status: number,
  detail: string,
  errors?: Problem['errors'],
): void {
  const problem: Problem = {
    type: 'about:blank',
    title: STATUS_CODES[status] ?? 'Error',
    status,
    detail,
    ...(errors === undefined || errors.length === 0 ? {} : { errors }),
  };
  response.status(status).type('application/problem+json').send(JSON.stringify(problem));
}

/**
 * Turns whatever a handler threw into a problem. What the client did is told to it; what went wrong here is logged and
 * told as 503 when the backend is away or busy, else as 500, without details.
 */
export function problemHandler(
  engine: Pick<Engine, 'health'>,
  log: Log,
  metrics: Pick<Metrics, 'runRefused'>,
): ErrorRequestHandler {
  return async (error: unknown, request, response, next) => {
    if (response.headersSent) {
      next(error);
      return;
    }
    if (error instanceof TooManyRunsError) metrics.runRefused('running');
    const known = asRequestError(error);
    if (known !== undefined) {
      // RFC 9110, 15.5.2: what would be accepted must be told.
      if (known.status === 401) response.set('WWW-Authenticate', 'Bearer realm="assay"');
      if (known.retryAfterS !== undefined) response.set('Retry-After', String(known.retryAfterS));
      sendProblem(response, known.status, known.message, known.faults);
      return;
    }
    const about = { err: error, method: request.method, path: request.path };
    if (error instanceof EngineTimeoutError && error.why === 'busy') {
      log.warn(about, 'a request failed, as there is too much to do');
      response.set('Retry-After', String(RETRY_AFTER_S));
      sendProblem(response, 503, busyDetail(error.message));
      return;
    }
    if (error instanceof ArchiveDamagedError) {
      log.warn(about, 'a request failed, as what the archive kept of the run is damaged');
      sendProblem(response, 500, DAMAGED_DETAIL);
      return;
    }
    if (error instanceof ArchiveError) {
      log.warn(about, 'a request failed, as the archive can not be used');
      response.set('Retry-After', String(RETRY_AFTER_S));
      sendProblem(response, 503, ARCHIVE_DETAIL);
      return;
    }
    const reasons = await whyAway(error, engine, log);
    if (reasons.length === 0) {
      log.error(about, 'a request failed');
      sendProblem(response, 500, 'this is a fault of Assay; its log says more');
      return;
    }
    log.warn({ ...about, reasons }, 'a request failed, as runs can not be reached');
    response.set('Retry-After', String(RETRY_AFTER_S));
    sendProblem(response, 503, awayDetail(reasons));
  };
}

function asRequestError(error: unknown): RequestError | undefined {
  if (error instanceof RequestError) return error;
  if (error instanceof IdConflictError) return new RequestError(409, error.message);
  if (error instanceof TooManyRunsError)
    return new RequestError(429, `${error.message}: try again`, { retryAfterS: RETRY_RUNNING_S });
  if (error instanceof BadContinueTokenError) return new RequestError(400, error.message);
  if (isTooLarge(error))
    return new RequestError(413, `the body is too large: at most ${error.limit} bytes are read`);
  // Errors of express and its body reader: too large, a charset nobody knows, a path that is no UTF-8.
  if (!(error instanceof Error) || !('status' in error) || typeof error.status !== 'number') return undefined;
  const isClients = error.status >= 400 && error.status < 500;
  return isClients ? new RequestError(error.status, error.message) : undefined;
}

/** The body reader's answer to a body beyond its limit. */
const isTooLarge = (error: unknown): error is Error & { readonly limit: number } =>
  error instanceof Error &&
  'type' in error &&
  error.type === 'entity.too.large' &&
  'limit' in error &&
  typeof error.limit === 'number';

/** Why runs can not be reached now; empty: they can, and what failed is a fault of ours. */
async function whyAway(error: unknown, engine: Pick<Engine, 'health'>, log: Log): Promise<readonly string[]> {
  if (error instanceof EngineTimeoutError) return ['the connection to Redis is lost'];
  // It may be back by now, which does not make it a fault of ours. Addresses are for the log.
  if (error instanceof StoreAwayError) return ['the connection to Redis was lost'];
  if (error instanceof StoreRefusalError) return [error.message];
  try {
    // Not the other reasons for not being ready: that no measurements are taken makes no request fail.
    return (await engine.health()).storeReasons;
  } catch (healthError) {
    log.warn({ err: healthError }, 'the health of the engine is not known');
    return ['it is not known why'];
  }
}
