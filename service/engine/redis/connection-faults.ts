import { type ElapsedMs, elapsedMs, type Log, withoutUserinfo } from '../../platform/index.js';

import { StoreRefusalError } from '../store-errors.js';
import { asRefusal, commandsIn, isForbidden, lackOf } from './refusal.js';

/** Time in which faults of one kind are told once, ms: every client and queue has the same one at the same moment. */
const QUIET_MS = 1_000;

/** Redis answers, and does not let this user in. */
export class RedisAccessError extends Error {
  override readonly name = 'RedisAccessError';
}

/** Nobody answers, or something that is not Redis. */
export class RedisUnreachableError extends Error {
  override readonly name = 'RedisUnreachableError';
}

/** The start has waited for Redis for as long as it may. */
export class StartTimeoutError extends Error {
  override readonly name = 'StartTimeoutError';
}

/** What is wrong with a connection, in words for its operator. `kind` is the same for faults that mean the same. */
interface ConnectionFault {
  readonly kind: 'refused' | 'notRedis' | 'unreachable';
  readonly reason: string;
}

/** Tells connection faults in the log, and remembers the last one. */
export interface ConnectionFaults {
  /** Tells an error of a connection or of a queue over one, refusals by Redis included; never more than a line a second of each kind. */
  readonly tell: (error: Error) => void;
  /** An error of the start as its reader needs it: with what went wrong last, when a command only knows that it waited. */
  explained(error: unknown): unknown;
}

/** What {@link connectionFaults} needs. */
interface ConnectionFaultsDeps {
  readonly log: Log;
  /** Default: that of the machine. */
  readonly nowMs?: ElapsedMs;
}

/** See {@link ConnectionFaults}. What is neither a fault of a connection nor a known refusal is told each time, with its stack. */
export function connectionFaults({ log, nowMs = elapsedMs }: ConnectionFaultsDeps): ConnectionFaults {
  const told = new Map<string, { readonly atMs: number; hushed: number }>();
  let last: ConnectionFault | undefined;
  const tellSeldom = (kind: string, reason: string, message: string): void => {
    const before = told.get(kind);
    if (before !== undefined && nowMs() - before.atMs < QUIET_MS) {
      before.hushed += 1;
      return;
    }
    const hushed = before?.hushed ?? 0;
    told.set(kind, { atMs: nowMs(), hushed: 0 });
    log.warn({ reason, ...(hushed === 0 ? {} : { repeated: hushed }) }, message);
  };
  return {
    tell(error) {
      const fault = faultOf(error);
      if (fault !== undefined) {
        // Commands that waited in vain say nothing of why.
        if (!isGivenUp(error)) last = fault;
        tellSeldom(fault.kind, fault.reason, 'redis connection error');
        return;
      }
      const refusal = asRefusal(error);
      if (refusal instanceof StoreRefusalError)
        tellSeldom(refusal.message, refusal.message, 'Redis refuses what it is asked for');
      else log.warn({ err: error }, 'queue error');
    },
    explained(error) {
      const fault = isGivenUp(error) ? (last ?? faultOf(error)) : faultOf(error);
      if (fault === undefined) return error;
      return fault.kind === 'refused'
        ? new RedisAccessError(fault.reason, { cause: error })
        : new RedisUnreachableError(fault.reason, { cause: error });
    },
  };
}

/** What an error says of the connection; undefined: nothing. */
export function faultOf(error: unknown): ConnectionFault | undefined {
  if (!(error instanceof Error)) return undefined;
  // The client for clusters has tried every node, and tells the error of the last.
  if ('lastNodeError' in error && error.lastNodeError instanceof Error)
    return faultOf(error.lastNodeError) ?? { kind: 'unreachable', reason: unreachable(error.lastNodeError) };
  const { message, name } = error;
  if (isForbidden(error)) return { kind: 'refused', reason: lackOf(commandsIn(error)) };
  if (REFUSED.test(message))
    return { kind: 'refused', reason: `Redis refused the password (or user): ${message}` };
  // Its own text asks to be reported to the authors of the library.
  if (name === 'ParserError') return { kind: 'notRedis', reason: 'what answers there is not Redis' };
  if (!isNetworks(error) && !isGivenUp(error) && !UNREACHABLE.test(message)) return undefined;
  return { kind: 'unreachable', reason: unreachable(error) };
}

const unreachable = (error: Error): string =>
  `Redis can not be reached: ${withoutUserinfo(whyUnreachable(error))}`;

/** What servers answer to AUTH, or to what needs it. */
const REFUSED = /^(?:Ready check failed: )?(?:WRONGPASS|NOAUTH|ERR invalid password|ERR .*\bAUTH\b)/;
/** Texts of the library that come without a code. */
const UNREACHABLE =
  /^(?:connect ETIMEDOUT|Socket |All sentinels are unreachable|Failed to refresh slots cache|Too many Cluster redirections|Cluster is ended|ERR max number of clients reached)/;

/** Codes of sockets, name resolution and TLS, which are in capitals; those of wrong arguments are faults of ours. */
const isNetworks = (error: Error): boolean =>
  'code' in error &&
  typeof error.code === 'string' &&
  /^[A-Z]/.test(error.code) &&
  !(error instanceof TypeError || error instanceof RangeError);

/** A command has waited for a connection in vain. */
const isGivenUp = (error: unknown): boolean =>
  error instanceof StartTimeoutError ||
  (error instanceof Error &&
    (error.name === 'MaxRetriesPerRequestError' || error.message.startsWith('Connection is closed')));

/** Node tries every address of a name, and then has an error without a text of its own. */
function whyUnreachable(error: Error): string {
  if (error.name === 'MaxRetriesPerRequestError' || error instanceof StartTimeoutError)
    return 'it does not answer';
  if (error instanceof AggregateError)
    return error.errors
      .map((each: unknown) => (each instanceof Error ? each.message : String(each)))
      .join(', ');
  return error.message;
}
