import { type DestinationStream, type Logger, pino, stdTimeFunctions } from 'pino';
import { loggedError } from './logged-error.js';
import { REDACTED } from './secret.js';

/** Levels of `ASSAY_LOG_LEVEL`, least first. `error` means that a person must act now; what heals itself is `warn`. */
export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
/** See {@link LOG_LEVELS}. */
export type LogLevel = (typeof LOG_LEVELS)[number];
/** A logger. Messages are static texts; what varies goes into fields: `log.warn({ run, metric, code }, 'measurement failed')`. */
export type Log = Logger;

const SENSITIVE = [
  'authorization',
  'proxy-authorization',
  'cookie',
  'set-cookie',
  'token',
  'password',
  'secret',
  'clientSecret',
  'apiKey',
  'redisUrl',
  // What a Redis command was sent with.
  'command',
];

/** Each sensitive name at the top and one and two levels down: where HTTP headers and provider specs carry them. */
const REDACTED_PATHS = SENSITIVE.flatMap((name) => {
  const key = /^\w+$/.test(name) ? `.${name}` : `["${name}"]`;
  return [key.replace(/^\./, ''), `*${key}`, `*.*${key}`];
});

/** Options of {@link createLog}. */
export interface LogOptions {
  readonly level: LogLevel;
  /** Where lines go. Default: standard output, or standard error for the command line's own logging. */
  readonly destination?: DestinationStream;
  /** Fields of every line, such as the role of the process. */
  readonly base?: Readonly<Record<string, unknown>>;
}

/**
 * A logger that writes one JSON object a line, with the level as a word and the time in RFC 3339. Fields whose names
 * say that they are secret are replaced, and errors (`err`) are told as {@link loggedError} has it: a net below the rule
 * that secrets are never passed to a log at all.
 */
export function createLog({ level, destination, base }: LogOptions): Log {
  const options = {
    level,
    base: base === undefined ? null : { ...base },
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    serializers: { err: (error: unknown) => loggedError(error) },
    redact: { paths: REDACTED_PATHS, censor: REDACTED },
  };
  return destination === undefined ? pino(options) : pino(options, destination);
}
