import { STATUS_CODES } from 'node:http';
import type { Fault, Problem } from '../../../schemas/index.js';
import { awayDetail } from '../problems.js';
import { type Answer, ref } from './description.js';

/** When there is such an answer, and an example of it. */
export interface ProblemCase {
  readonly when: string;
  readonly detail: string;
  readonly errors?: readonly Fault[];
  readonly retryAfter?: boolean;
  readonly challenge?: boolean;
}

const CASES = {
  400: {
    when: 'A parameter, the path or the body is malformed.',
    detail: 'limit: must be a number from 1 to 500, not "0"',
  },
  401: {
    when: 'The service asks for a token, and there is none or it is not accepted.',
    detail: 'this needs credentials: send a token as "Authorization: Bearer TOKEN"',
    challenge: true,
  },
  403: {
    when: 'The token does not have the scope in that namespace; or, of a service without authentication, the Host header names none of its names.',
    detail: 'this needs the scope run in the namespace "shop", which these credentials do not have',
  },
  404: { when: 'There is no such thing.', detail: 'there is no run with the id "checkout-7"' },
  409: {
    when: 'The id or `Idempotency-Key` belongs to another request.',
    detail: 'the id "checkout-7" belongs to a run that was asked for differently',
  },
  413: {
    when: 'The body is larger than 256 KiB.',
    detail: 'the body is too large: at most 262144 bytes are read',
  },
  415: {
    when: 'The body is neither JSON nor YAML.',
    detail: 'Content-Type must be application/json or application/yaml, not text/plain',
  },
  422: {
    when: 'The document was understood and can not be used: every fault with its path.',
    detail: '1 fault in the spec',
    errors: [{ path: 'spec.metrics[0].interval', message: 'must be a duration such as 30s, 5m or 1h' }],
  },
  429: {
    when: 'Too much is going on in the namespace or at the service, or too many tokens from this address were refused.',
    detail: '20 measurements are being taken: try again',
    retryAfter: true,
  },
  500: {
    when: 'A fault of Assay; or what the archive kept of the run is damaged.',
    detail: 'this is a fault of Assay; its log says more',
  },
  503: {
    when: 'Runs can not be reached, as Redis is away; or no more are taken on, as measurements are late; or it can not be found out who asks: try again.',
    detail: awayDetail(['redis does not answer']),
    retryAfter: true,
  },
} as const satisfies Record<number, ProblemCase>;

/** Status of an error answer. */
export type ProblemStatus = keyof typeof CASES;

/** The error answers with the given statuses, as RFC 9457 problems with an example each. */
export function problems(...statuses: readonly ProblemStatus[]): Readonly<Record<string, Answer>> {
  return Object.fromEntries(statuses.map((status) => [status, problem(status, CASES[status])]));
}

/** An error answer whose reason is one operation's own. */
export function problem(
  status: ProblemStatus,
  { when, detail, errors, retryAfter, challenge }: ProblemCase,
): Answer {
  const example: Problem = {
    type: 'about:blank',
    title: STATUS_CODES[status] ?? 'Error',
    status,
    detail,
    ...(errors === undefined ? {} : { errors }),
  };
  return {
    description: when,
    ...(retryAfter === true
      ? { headers: { 'Retry-After': { description: 'Seconds to wait.', schema: { type: 'integer' } } } }
      : {}),
    ...(challenge === true
      ? { headers: { 'WWW-Authenticate': { description: 'Bearer.', schema: { type: 'string' } } } }
      : {}),
    content: { 'application/problem+json': { schema: ref('Problem'), example } },
  };
}
