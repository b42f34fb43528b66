import { CliError, EXIT } from '../exit-code.js';

/** What to tell of a port that can not be had; undefined: the error is about something else. */
export const listenFault = (error: unknown): CliError | undefined =>
  error instanceof Error && 'syscall' in error && error.syscall === 'listen'
    ? new CliError(EXIT.unavailable, `can not listen: ${error.message}`, { cause: error })
    : undefined;
