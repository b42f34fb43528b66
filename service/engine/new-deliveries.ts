import type { Callback } from '../../schemas/index.js';
import type { DeliverySubject, StoredDelivery, StoredRun } from './ports.js';

/** Deliveries of measurements that are kept for each metric and callback; the oldest make room for new ones. */
const KEPT_OF_A_SERIES = 200;

/** Whether a callback wants the event: the verdict unless it says otherwise. */
export const wantsEvent = ({ events }: Callback, event: DeliverySubject['event']): boolean =>
  (events ?? ['verdict']).includes(event);

/** The deliveries of one event: one for each callback that wants it, due now. */
export function newDeliveries(
  callbacks: readonly Callback[],
  subject: DeliverySubject,
  nowMs: number,
): readonly StoredDelivery[] {
  return callbacks.flatMap((callback, index) => {
    if (!wantsEvent(callback, subject.event)) return [];
    const replaced = replacedOrdinal(subject);
    return [
      {
        id: deliveryId(subject, index),
        subject,
        callback: index,
        createdAtMs: nowMs,
        state: 'pending',
        nextAtMs: nowMs,
        tries: 0,
        attemptCount: 0,
        attempts: [],
        version: 0,
        ...(replaced === undefined ? {} : { replaces: deliveryId(replaced, index) }),
      },
    ];
  });
}

/** What tells events of a run apart: the numbers at the end make `verdict` and any name of a metric unambiguous. */
type EventKey =
  | Pick<Extract<DeliverySubject, { event: 'verdict' }>, 'event'>
  | Pick<Extract<DeliverySubject, { event: 'measurement' }>, 'event' | 'metric' | 'ordinal'>;

const deliveryId = (key: EventKey, callback: number): string =>
  key.event === 'verdict' ? `verdict-${callback}` : `measurement-${key.metric}-${key.ordinal}-${callback}`;

function replacedOrdinal(subject: DeliverySubject): EventKey | undefined {
  if (subject.event === 'verdict' || subject.ordinal <= KEPT_OF_A_SERIES) return undefined;
  return { event: 'measurement', metric: subject.metric, ordinal: subject.ordinal - KEPT_OF_A_SERIES };
}

/**
 * The `webhook-id` of an event of a run: the same for each callback and attempt, and another one for a run that is started
 * under the id of a forgotten one, whose verdict nobody may take for a repetition. Plain ASCII, as it goes into a header.
 * Only the id of the run may have dots in it, so that read from its end an id has one meaning only.
 */
export function webhookId(
  { id, incarnation }: Pick<StoredRun, 'id' | 'incarnation'>,
  subject: DeliverySubject,
): string {
  const event =
    subject.event === 'verdict' ? subject.event : `${withoutDots(subject.metric)}.${subject.ordinal}`;
  return `${id}.${incarnation}.${event}`;
}

/** Percent-encoded, dots too. By way of UTF-8, as half a surrogate pair could not be encoded. */
const withoutDots = (text: string): string =>
  encodeURIComponent(Buffer.from(text).toString()).replaceAll('.', '%2E');
