import {
  type AnalysisRun,
  type Callback,
  type DeliveryRecord,
  MEASUREMENT_EVENT_TYPE,
  VERDICT_EVENT_TYPE,
} from '../../schemas/index.js';
import { fromMoment, toMoment } from '../analysis/index.js';
import { redactUrl } from '../providers/index.js';
import type { Delivery, DeliveryOutcome } from './engine.js';
import { webhookId } from './new-deliveries.js';
import type { StoredDelivery, StoredRun } from './ports.js';

/** Attempts that are kept of a delivery; further ones are only counted. */
const KEPT_ATTEMPTS = 20;

/** A delivery of `of` as its handler sees it. `run` is what is shown of it. */
export function deliveryOf(
  stored: StoredDelivery,
  of: StoredRun,
  run: AnalysisRun,
  callback: Callback,
): Delivery {
  const { id, subject, tries, firstTryAtMs, createdAtMs } = stored;
  return {
    id,
    webhookId: webhookId(of, subject),
    event: subject.event,
    run,
    callback,
    ...(subject.event === 'measurement'
      ? { measured: { metric: subject.metric, measurement: subject.measurement } }
      : {}),
    createdAtMs,
    tries,
    ...(firstTryAtMs === undefined ? {} : { firstTryAtMs }),
  };
}

/**
 * The delivery after an attempt that was made of `tried`. When `current` is another state of it (somebody asked for it to
 * be delivered again while it was tried), the attempt is noted and everything else stays.
 */
export function applyOutcome(
  current: StoredDelivery,
  tried: StoredDelivery,
  { attempt, next }: Extract<DeliveryOutcome, { kind: 'tried' }>,
): StoredDelivery {
  const noted = {
    ...current,
    attemptCount: current.attemptCount + 1,
    attempts: [...current.attempts, attempt].slice(-KEPT_ATTEMPTS),
  };
  if (current.version !== tried.version) return noted;
  return {
    ...noted,
    tries: current.tries + 1,
    firstTryAtMs: current.firstTryAtMs ?? Date.parse(attempt.at),
    ...(next.kind === 'retry' ? { nextAtMs: next.atMs } : { state: next.kind }),
  };
}

/** The delivery as it is after somebody asked for it to be delivered again: due now, with all of its time before it. */
export function toBeRedelivered(
  { firstTryAtMs: _firstTryAtMs, ...delivery }: StoredDelivery,
  nowMs: number,
): StoredDelivery {
  return { ...delivery, state: 'pending', nextAtMs: nowMs, tries: 0 };
}

/** How long a delivery that was given up can be asked for again, ms: as long as it was tried. */
const REDELIVERABLE_MS = 24 * 3_600_000;

/** Until when a run whose time is up is kept, as somebody may ask for what was given up; undefined: for nothing. */
export function redeliverableUntilMs(
  deliveries: readonly StoredDelivery[],
  nowMs: number,
): number | undefined {
  const untilMs = deliveries
    .filter(({ state }) => state === 'failed')
    .map(({ attempts, createdAtMs }) => fromMoment(attempts.at(-1)?.at) ?? createdAtMs)
    .reduce((latest, givenUpAtMs) => Math.max(latest, givenUpAtMs + REDELIVERABLE_MS), 0);
  return untilMs > nowMs ? untilMs : undefined;
}

/** The delivery as users see it: nothing that may be a secret. */
export function recordOf(
  run: Pick<StoredRun, 'id' | 'incarnation' | 'callbacks'>,
  delivery: StoredDelivery,
): DeliveryRecord {
  const { id, subject, state, createdAtMs, nextAtMs, attemptCount, attempts } = delivery;
  return {
    id,
    webhookId: webhookId(run, subject),
    run: run.id,
    event: subject.event === 'verdict' ? VERDICT_EVENT_TYPE : MEASUREMENT_EVENT_TYPE,
    url: redactUrl(run.callbacks[delivery.callback]?.url ?? ''),
    state,
    createdAt: toMoment(createdAtMs),
    ...(state === 'pending' ? { nextAttemptAt: toMoment(nextAtMs) } : {}),
    attemptCount,
    attempts,
  };
}

/** Oldest first, and those of one moment by id, with numbers in order. */
export const byAge = (one: StoredDelivery, other: StoredDelivery): number =>
  one.createdAtMs - other.createdAtMs || collator.compare(one.id, other.id);

const collator = new Intl.Collator('en', { numeric: true });
