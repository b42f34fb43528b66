import { isDeepStrictEqual } from 'node:util';
import type { Request, RequestHandler } from 'express';
import { ALL_NAMESPACES, type Scope } from '../../../schemas/index.js';
import type { AccessMethod, AccessOutcome, Log } from '../../platform/index.js';
import { RequestError } from '../request-error.js';
import { type AuditedChange, createAudit, shortened } from './audit.js';
import type { Authenticate } from './authenticator.js';
import { ANONYMOUS, type Caller, DEFAULT_NAMESPACE, may, namespacesOf } from './caller.js';
import { createCredentialChecks } from './credential-checks.js';
import { operationOf } from './operations.js';

/** Longest credential that is looked at, in characters. */
const MAX_CREDENTIAL = 16_384;
/** Seconds after which a caller may try again when it could not be found out who it is. */
const RETRY_AFTER_S = 5;

/** What {@link createGuard} needs. */
export interface GuardDeps {
  /** Undefined: requests are not authenticated, and everybody may do everything. */
  readonly authenticate?: Authenticate;
  readonly log: Log;
  readonly metrics: { authenticated(method: AccessMethod, outcome: AccessOutcome): void };
  /** A clock that only goes on, ms. */
  readonly nowMs: () => number;
}

/** Who may do what, for routes. */
export interface Guard {
  /** For everything under `/v1`, before anything that refuses: has changes audited. */
  readonly audited: RequestHandler;
  /** For everything under `/v1`: finds out who asks, refuses whom it does not know or who has the scope nowhere. Behind `audited`. */
  readonly api: RequestHandler;
  /** For what tells of all namespaces at once. */
  readonly everything: RequestHandler;
}

/** What is asked for, and whether it is a change. */
interface Asked {
  readonly change: AuditedChange;
  readonly isChange: boolean;
}
interface Guarded {
  readonly caller: Caller;
  readonly change: AuditedChange;
  readonly stillHolds: () => Promise<boolean>;
}
/** What requests ask for, and what the guard has found out about them. */
const asked = new WeakMap<Request, Asked>();
const guarded = new WeakMap<Request, Guarded>();

/** Who asks. @throws TypeError when the route is not behind {@link Guard.api}: a fault of ours, and nobody gets in by it. */
export const callerOf = (request: Request): Caller => guardedOf(request).caller;

/**
 * Whether the credentials that a request came with are still good for the same rights: an answer that does not end must not
 * outlive them. What can not be found out now is taken to be as it was.
 */
export const stillHolds = (request: Request): Promise<boolean> => guardedOf(request).stillHolds();

/** Adds to the audit log what only the handler knows. */
export function auditOf(request: Request, known: Pick<AuditedChange, 'run' | 'namespace'>): void {
  Object.assign(guardedOf(request).change, known);
}

/** @throws RequestError (403) when the caller does not have the scope in the namespace. */
export function requireScope(caller: Caller, scope: Scope, namespace: string | undefined): void {
  const place = namespace === undefined || namespace === '' ? DEFAULT_NAMESPACE : namespace;
  if (!may(caller, scope, place)) throw forbidden(scope, place);
}

/** 403: it is known who asks, and they may not. */
export function forbidden(scope: Scope, namespace: string): RequestError {
  const where =
    namespace === ALL_NAMESPACES ? 'in all namespaces' : `in the namespace ${JSON.stringify(namespace)}`;
  return new RequestError(403, `this needs the scope ${scope} ${where}, which these credentials do not have`);
}

/** Makes the guard of one API. */
export function createGuard({ authenticate, log, metrics, nowMs }: GuardDeps): Guard {
  const audit = createAudit(log);
  const check = authenticate === undefined ? undefined : createCredentialChecks(authenticate, nowMs);

  const callerFrom = async (request: Request): Promise<Caller> => {
    if (check === undefined) return ANONYMOUS;
    const token = bearerToken(request.headers.authorization);
    const source = request.ip ?? '';
    const verdict = await check(token, source);
    if (verdict.kind === 'limited') {
      metrics.authenticated('none', 'limited');
      throw new RequestError(429, 'too many credentials from this address were refused: try again later', {
        retryAfterS: verdict.forS,
      });
    }
    metrics.authenticated(verdict.method, verdict.kind);
    switch (verdict.kind) {
      case 'accepted':
        return verdict.caller;
      case 'refused':
        log.info(
          { from: shortened(source), method: verdict.method, reason: verdict.reason },
          'credentials were refused',
        );
        throw new RequestError(
          401,
          'the credentials are not accepted: they are unknown, expired or for another service',
        );
      case 'unavailable':
        log.warn({ method: verdict.method, reason: verdict.reason }, 'it could not be found out who asks');
        throw new RequestError(503, 'it can not be found out now who asks: try again', {
          retryAfterS: RETRY_AFTER_S,
        });
    }
  };

  const holds = async (request: Request, caller: Caller): Promise<boolean> => {
    if (authenticate === undefined) return true;
    // Not counted as a failure: nobody guesses here.
    const verdict = await authenticate(bearerToken(request.headers.authorization));
    if (verdict.kind === 'unavailable') return true;
    return verdict.kind === 'accepted' && isDeepStrictEqual(verdict.caller, caller);
  };

  return {
    audited: (request, response, next) => {
      const found = operationOf(request.method, `${request.baseUrl}${request.path}`);
      const isChange = found?.operation.isChange ?? !SAFE.has(request.method);
      const change: AuditedChange = {
        operation: found?.operation,
        ...(found?.run === undefined ? {} : { run: found.run }),
        // Nobody is asked who it is: it is known from the start.
        ...(check === undefined ? { who: ANONYMOUS.id } : {}),
      };
      asked.set(request, { change, isChange });
      if (isChange) audit.follow(request, response, change);
      next();
    },
    api: async (request, _response, next) => {
      const { change, isChange } = askedBy(request);
      const caller = await callerFrom(request);
      change.who = caller.id;
      guarded.set(request, { caller, change, stillHolds: () => holds(request, caller) });
      // Which namespace it is about is known later; who has the scope in none need not go on.
      const scope = change.operation?.scope;
      if (scope === undefined) requireEverywhere(caller, isChange ? 'admin' : 'read');
      else if (isNowhere(caller, scope)) throw nowhere(scope);
      next();
    },
    everything: async (request, _response, next) => {
      requireEverywhere(await callerFrom(request), 'read');
      next();
    },
  };
}

const SAFE: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

function askedBy(request: Request): Asked {
  const found = asked.get(request);
  if (found === undefined) throw new TypeError(`nobody has looked at what ${request.path} asks for`);
  return found;
}

function guardedOf(request: Request): Guarded {
  const found = guarded.get(request);
  if (found === undefined) throw new TypeError(`nobody has looked at who asks for ${request.path}`);
  return found;
}

function requireEverywhere(caller: Caller, scope: Scope): void {
  if (namespacesOf(caller, scope) !== 'all') throw forbidden(scope, ALL_NAMESPACES);
}

function isNowhere(caller: Caller, scope: Scope): boolean {
  const namespaces = namespacesOf(caller, scope);
  return namespaces !== 'all' && namespaces.size === 0;
}

const nowhere = (scope: Scope): RequestError =>
  new RequestError(403, `this needs the scope ${scope}, which these credentials have in no namespace`);

/**
 * The token of the header `Authorization: Bearer …` (RFC 6750).
 * @throws RequestError (401) without one.
 */
function bearerToken(header: string | undefined): string {
  if (header === undefined)
    throw new RequestError(401, 'this needs credentials: send a token as "Authorization: Bearer TOKEN"');
  const token = /^bearer +(\S+) *$/i.exec(header)?.[1];
  if (token === undefined || token.length > MAX_CREDENTIAL)
    throw new RequestError(401, 'the header Authorization must be "Bearer TOKEN"');
  return token;
}
