import { createLog, type Log } from '../../service/platform/index.js';

/** A line of a log. */
export type LogEntry = Readonly<Record<string, unknown>> & { readonly level: string; readonly msg: string };

/** A log whose lines are kept. */
export function keptLog(): { readonly log: Log; readonly entries: readonly LogEntry[] } {
  const entries: LogEntry[] = [];
  const write = (line: string): void => void entries.push(JSON.parse(line) as LogEntry);
  return { log: createLog({ level: 'info', destination: { write } }), entries };
}
