import { REDACTED } from './secret.js';

/** Properties of errors that say where and how something failed. Others can hold what was sent: commands, headers, bodies. */
const TOLD = ['code', 'syscall', 'address', 'port', 'status'] as const;
/** Errors within errors are told to this depth. */
const MAX_DEPTH = 5;

/** What a log says of an error. */
interface LoggedError {
  readonly type: string;
  readonly message: string;
  readonly stack?: string;
  readonly cause?: LoggedError;
  readonly aggregateErrors?: readonly LoggedError[];
  readonly [told: string]: unknown;
}

/**
 * An error as a log may have it: its name, texts without the credentials of URLs, causes, and the few properties that are
 * known to be harmless. Libraries hang whole requests on their errors, passwords included.
 */
export function loggedError(error: unknown, depth = 0): LoggedError {
  if (!(error instanceof Error)) return { type: typeof error, message: withoutUserinfo(String(error)) };
  const nested = (inner: unknown): LoggedError => loggedError(inner, depth + 1);
  const deeper = depth < MAX_DEPTH;
  const errors: unknown = 'errors' in error ? error.errors : undefined;
  const told = TOLD.map((name): [string, unknown] => [name, Reflect.get(error, name)]);
  return {
    type: error.name,
    message: withoutUserinfo(error.message),
    ...(error.stack === undefined ? {} : { stack: withoutUserinfo(error.stack) }),
    ...Object.fromEntries(told.filter(([, value]) => ['string', 'number'].includes(typeof value))),
    ...(error.cause === undefined || !deeper ? {} : { cause: nested(error.cause) }),
    ...(Array.isArray(errors) && deeper ? { aggregateErrors: errors.map(nested) } : {}),
  };
}

/** A text with `user:password@` of each URL in it replaced. */
export function withoutUserinfo(text: string): string {
  return text.replace(/(\b[a-z][a-z0-9+.-]*:\/\/)[^\s/?#"'<>]*@/gi, `$1${REDACTED}@`);
}
