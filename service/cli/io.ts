import type { ExitCode } from './exit-code.js';

/** One stream of the command, standard output or standard error. */
export interface OutputStream {
  write(text: string): void;
  /** A person looks at it: lines may be drawn over. */
  readonly isTty: boolean;
  /** Width in characters, now; it changes when the window does. */
  readonly columns: number;
}

/** The world outside the command, so that tests can stand in for it. */
export interface CliIo {
  readonly out: OutputStream;
  readonly err: OutputStream;
  /** Text of a file; `-` is standard input. Rejects when it can not be read. */
  readText(path: string): Promise<string>;
  /** Names of the files in a directory; undefined: it is none. Absent: there are no directories. */
  namesIn?(path: string): Promise<readonly string[] | undefined>;
  /** Environment variables. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Aborted when the user presses Ctrl-C or the process is told to end. */
  readonly interrupt: AbortSignal;
  /** Ends the process at once, whatever keeps it: for what can not end in order. */
  exit(code: ExitCode): void;
}

/**
 * Whether to colour what goes to a stream: a terminal, unless `NO_COLOR` (https://no-color.org) is set or the terminal
 * is a dumb one. `FORCE_COLOR` colours logs of pipelines that show it.
 */
export function isColorful(stream: OutputStream, env: CliIo['env']): boolean {
  if ((env['NO_COLOR'] ?? '') !== '') return false;
  const forced = env['FORCE_COLOR'] ?? '';
  if (forced !== '') return forced !== '0' && forced !== 'false';
  return stream.isTty && env['TERM'] !== 'dumb';
}
