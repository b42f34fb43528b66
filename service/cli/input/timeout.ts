import { goDurationMs } from '../../condition/index.js';
import { LONGEST_TIMER_MS } from '../../platform/index.js';
import { usageError } from '../exit-code.js';

/** A time as it was given, and in whole ms that a timer can wait: a longer one, of weeks, ends when those are up. */
export interface Timeout {
  readonly text: string;
  readonly ms: number;
}

/** The time of `--timeout`, when there is one. @throws CliError (64) when it is none. */
export function timeoutOf(text: string | undefined): Timeout | undefined {
  if (text === undefined) return undefined;
  let ms: number;
  try {
    ms = goDurationMs(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw usageError(`--timeout: must be a duration such as 90s or 10m: ${reason}`, { cause: error });
  }
  if (ms <= 0) throw usageError(`--timeout ${text}: must be longer than nothing`);
  return { text, ms: Math.min(Math.ceil(ms), LONGEST_TIMER_MS) };
}
