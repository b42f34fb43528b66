import { isDeepStrictEqual } from 'node:util';
import { isCompleted } from '../../analysis/index.js';
import type { AnalysisRunStatus, Fault } from '../../../schemas/index.js';
import type { RunOwner } from '../service/answers.js';
import type { RunObject } from './run-object.js';
import {
  anew,
  eventsBetween,
  isAnew,
  isToldOf,
  isWaiting,
  objectStatus,
  refusedStatus,
  type RunEventText,
  takenStatus,
  waitingStatus,
} from './run-status.js';
import { roomBeside } from './status-size.js';

/** What is known of a run in the service. */
export type ServiceView =
  /** It has to be asked. */
  | { readonly kind: 'unknown' }
  | { readonly kind: 'known'; readonly status: AnalysisRunStatus }
  /** It will never measure this run. */
  | { readonly kind: 'refused'; readonly faults: readonly Fault[] }
  /** It has a run of somebody else under this id, and so will never measure this one. */
  | { readonly kind: 'taken'; readonly by: RunOwner }
  /** It could not be asked, since `sinceMs`, and is asked again at `retryAtMs`. */
  | { readonly kind: 'away'; readonly reason: string; readonly sinceMs: number; readonly retryAtMs: number };

/** All that decides what is to be done about one AnalysisRun. Times are epoch ms. */
export interface Situation {
  readonly object: RunObject;
  readonly service: ServiceView;
  /** When this controller saw the object first. */
  readonly seenAtMs: number;
  readonly writtenAtMs?: number;
  /** What it wrote last. The API server may keep less of it. */
  readonly written?: Readonly<Record<string, unknown>>;
  /** The service was told to end the run. */
  readonly isTerminated: boolean;
  /** Least time between two statuses of a run that goes on, ms. */
  readonly progressEveryMs: number;
  readonly nowMs: number;
}

/** What is to be done next. */
export type Step =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'wait'; readonly untilMs: number }
  /** Give it to the service, which answers how it stands, also if it has it. */
  | { readonly kind: 'handOver' }
  | { readonly kind: 'terminate' }
  | {
      readonly kind: 'write';
      readonly status: Readonly<Record<string, unknown>>;
      readonly events: readonly RunEventText[];
    }
  | { readonly kind: 'delete' };

type OpenRun = NonNullable<RunObject['open']>;

/** A service that is away for less is nothing that an object need tell of, ms. */
export const AWAY_TOLD_AFTER_MS = 5_000;
/** Least time between two reasons that an object tells, ms. */
export const REASON_EVERY_MS = 20_000;

/**
 * What is to be done next about a run: it is handed to the service, and what comes of it is written to the object. A
 * verdict at once; how a run stands not more often than every `progressEveryMs`, so that a short run is one write.
 */
export function plan(situation: Situation): Step {
  const { object, service, isTerminated, nowMs } = situation;
  const { open, deleteAtMs } = object;
  if (open === undefined) {
    if (deleteAtMs === undefined) return { kind: 'nothing' };
    return nowMs >= deleteAtMs ? { kind: 'delete' } : { kind: 'wait', untilMs: deleteAtMs };
  }
  if (open.isDeleting) return whileHeld(situation);
  switch (service.kind) {
    case 'unknown':
      return { kind: 'handOver' };
    case 'refused':
      return writing(open.status, refusedStatus(service.faults, nowMs));
    case 'taken':
      return writing(open.status, takenStatus(service.by, nowMs));
    case 'away':
      return whileAway(open.status, service, situation);
    case 'known': {
      if (open.terminate && !isTerminated && !isCompleted(service.status.phase)) return { kind: 'terminate' };
      return mirror(open, service.status, situation);
    }
  }
}

/**
 * A finalizer holds an object that was deleted: nothing more is measured for it, and nothing is written: what is ended before its
 * time is Successful unless something had failed, which must promote nothing. The run is forgotten once the object is gone.
 */
function whileHeld({ service, isTerminated, nowMs }: Situation): Step {
  if (isTerminated) return { kind: 'nothing' };
  switch (service.kind) {
    case 'refused':
    case 'taken':
      return { kind: 'nothing' };
    case 'away':
      return nowMs >= service.retryAtMs
        ? { kind: 'terminate' }
        : { kind: 'wait', untilMs: service.retryAtMs };
    case 'unknown':
      return { kind: 'terminate' };
    case 'known':
      return { kind: isCompleted(service.status.phase) ? 'nothing' : 'terminate' };
  }
}

function whileAway(
  current: Readonly<Record<string, unknown>>,
  { reason, sinceMs, retryAtMs }: Extract<ServiceView, { kind: 'away' }>,
  { writtenAtMs, progressEveryMs, nowMs }: Situation,
): Step {
  // What it waits for may be mended while something else is wrong: an old reason would send people the wrong way.
  const isTold = isToldOf(current, reason);
  const tellAtMs = isWaiting(current)
    ? (writtenAtMs ?? 0) + Math.max(REASON_EVERY_MS, progressEveryMs)
    : sinceMs + AWAY_TOLD_AFTER_MS;
  if (!isTold && nowMs >= tellAtMs)
    return { kind: 'write', status: waitingStatus(current, reason), events: [] };
  if (nowMs >= retryAtMs) return { kind: 'handOver' };
  return { kind: 'wait', untilMs: isTold ? retryAtMs : Math.min(retryAtMs, tellAtMs) };
}

function mirror(
  { status: current, otherBytes }: OpenRun,
  inService: AnalysisRunStatus,
  { object, seenAtMs, writtenAtMs = seenAtMs, written, progressEveryMs, nowMs }: Situation,
): Step {
  const status = objectStatus(inService, roomBeside(object.metadata.uid, otherBytes));
  if (isDeepStrictEqual(status, written ?? current)) return { kind: 'nothing' };
  const dueAtMs = writtenAtMs + progressEveryMs;
  if (!isCompleted(status.phase) && nowMs < dueAtMs) return { kind: 'wait', untilMs: dueAtMs };
  const events = isAnew(current, status)
    ? [anew(status), ...eventsBetween({}, status)]
    : eventsBetween(current, status);
  return { kind: 'write', status: { ...status }, events };
}

const writing = (current: Readonly<Record<string, unknown>>, status: AnalysisRunStatus): Step => ({
  ...{ kind: 'write', status: { ...status }, events: eventsBetween(current, status) },
});
