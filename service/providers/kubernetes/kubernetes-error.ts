import type { IncomingMessage } from 'node:http';
import { retryAfterMs } from '../http/resilience/retry-after.js';
import { ProviderError, type ProviderErrorCode } from '../provider-error.js';

/**
 * The API server refused a request, or could not be asked. `message` is the server's own (`jobs.batch "x" already
 * exists`), which is what the reference shows.
 */
export class KubernetesError extends ProviderError {
  /** HTTP status of the answer; undefined: there was none. */
  readonly status: number | undefined;
  /** How long it wants not to be asked again (`Retry-After`), ms; 0: it did not say. */
  readonly retryAfterMs: number;

  constructor(code: ProviderErrorCode, message: string, status?: number, options?: KubernetesErrorOptions) {
    super(code, message, options);
    this.status = status;
    this.retryAfterMs = options?.retryAfterMs ?? 0;
  }
}

/** Options of a {@link KubernetesError}. */
interface KubernetesErrorOptions extends ErrorOptions {
  readonly retryAfterMs?: number;
}

/** How long an error wants its request not to be repeated, ms. */
export const retryAfterOf = (error: unknown): number =>
  error instanceof KubernetesError ? error.retryAfterMs : 0;

/** Whether asking again may help although nothing was changed: the server is away, overloaded or starting. */
export function isPassing(error: unknown): error is KubernetesError {
  if (!(error instanceof KubernetesError)) return false;
  return error.status === undefined || error.status === 429 || error.status >= 500;
}

/** A server, or a proxy before it, may ask for much; nobody waits longer for it, ms. */
const LONGEST_RETRY_AFTER_MS = 60_000;

/** The error of an answer that is not 2xx: `body` is Kubernetes' Status object, or what a proxy put in its place. */
export function refusal(
  { statusCode: status = 0, headers }: Pick<IncomingMessage, 'statusCode' | 'headers'>,
  body: string,
): KubernetesError {
  const nowMs = Date.now();
  const atMs = status === 429 || status >= 500 ? retryAfterMs(headers['retry-after'], nowMs) : undefined;
  return new KubernetesError(
    codeOf(status),
    messageOf(body) ?? `the Kubernetes API answered with status ${status}`,
    status,
    { retryAfterMs: Math.min((atMs ?? nowMs) - nowMs, LONGEST_RETRY_AFTER_MS) },
  );
}

/** Bytes of a text that is no Status object which a message shows. */
const SHOWN = 300;

function messageOf(body: string): string | undefined {
  try {
    const status: unknown = JSON.parse(body);
    if (typeof status === 'object' && status !== null && 'message' in status) {
      return typeof status.message === 'string' && status.message !== '' ? status.message : undefined;
    }
  } catch {
    // Not JSON: the answer of something between us and the API server, shown as it is.
  }
  const text = body.trim().slice(0, SHOWN);
  return text === '' ? undefined : text;
}

function codeOf(status: number): ProviderErrorCode {
  if (status === 401 || status === 403) return 'unauthorized';
  if (status === 429) return 'rateLimited';
  return 'badResponse';
}
