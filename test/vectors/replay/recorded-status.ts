import type { AnalysisRunStatus } from '../../../schemas/index.js';
import { isRecord } from '../judge.js';

/** The fields that are times: milliseconds from 0 in a recording, RFC 3339 in a status. */
const TIMES: ReadonlySet<string> = new Set(['startedAt', 'completedAt', 'finishedAt', 'resumeAt']);

/** A recorded status as ours: the recording's 0 is the epoch. */
export function fromRecorded(status: Readonly<Record<string, unknown>>): AnalysisRunStatus {
  return timesMapped(status, (ms) => new Date(Number(ms)).toISOString()) as AnalysisRunStatus;
}

/** A status in the form in which it was recorded. `runSummary` is always there. */
export function toRecorded(status: AnalysisRunStatus): Record<string, unknown> {
  const recorded = timesMapped(status, (time) => Date.parse(String(time)));
  return { runSummary: {}, ...(isRecord(recorded) ? recorded : {}) };
}

/** A status as it comes back from the Kubernetes API server, which keeps whole seconds. */
export function asStored(status: AnalysisRunStatus): AnalysisRunStatus {
  const cut = (time: unknown) => new Date(Math.floor(Date.parse(String(time)) / 1000) * 1000).toISOString();
  return timesMapped(status, cut) as AnalysisRunStatus;
}

function timesMapped(value: unknown, map: (time: unknown) => unknown): unknown {
  if (Array.isArray(value)) return value.map((item: unknown) => timesMapped(item, map));
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [
      key,
      TIMES.has(key) && !isRecord(member) ? map(member) : timesMapped(member, map),
    ]),
  );
}
