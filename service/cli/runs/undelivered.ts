import { setTimeout as delay } from 'node:timers/promises';
import type { DeliveryRecord } from '../../../schemas/index.js';
import type { Engine } from '../../engine/index.js';
import { elapsedMs } from '../../platform/index.js';

/** Time between looks at the deliveries, ms. */
const LOOK_AGAIN_MS = 50;

/** Waits until nothing of a run is left to deliver, at most `graceMs`. @returns what was not delivered by then. */
export async function undelivered(
  engine: Pick<Engine, 'deliveries'>,
  run: string,
  graceMs: number,
): Promise<readonly DeliveryRecord[]> {
  const untilMs = elapsedMs() + graceMs;
  for (;;) {
    const records = (await engine.deliveries(run)) ?? [];
    if (!records.some(({ state }) => state === 'pending') || elapsedMs() >= untilMs)
      return records.filter(({ state }) => state !== 'delivered');
    await delay(LOOK_AGAIN_MS);
  }
}

/** What became of a webhook that was not delivered, for the user of a command. */
export function undeliveredText({ id, url, attempts }: DeliveryRecord): string {
  const reason = attempts.at(-1)?.error ?? 'there was no answer in time';
  return `the webhook ${id} to ${url} was not delivered: ${reason}`;
}
