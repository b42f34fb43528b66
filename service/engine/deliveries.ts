import type { AnalysisRun } from '../../schemas/index.js';
import type { Clock, Log } from '../platform/index.js';
import type { Delivery } from './engine.js';
import type { OutboxItem, RunStore, StoredRun } from './ports.js';
import { finishedMeasurements } from './run-event.js';
import { pause, type Timers } from './timers.js';

/** Time between looks into an empty outbox, ms. */
const LOOK_AGAIN_MS = 250;
/** Items handled at once. */
const BATCH = 50;

/** What {@link takeDeliveries} needs. */
interface DeliveriesOptions {
  readonly store: RunStore;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
  /** How long an item is hidden while its handler works, ms. */
  readonly leaseMs: number;
  readonly present: (run: StoredRun) => AnalysisRun;
}

/**
 * Hands out the outbox until the returned function is called, which waits for the handlers that are busy. An item
 * leaves the outbox when its handler resolved; otherwise it comes again after the lease, here or in another process.
 */
export function takeDeliveries(
  { store, clock, timers, log, leaseMs, present }: DeliveriesOptions,
  handler: (delivery: Delivery) => Promise<void>,
): () => Promise<void> {
  const stop = new AbortController();

  const deliver = async (item: OutboxItem): Promise<void> => {
    try {
      const run = await store.load(item.run);
      const delivery = run === undefined ? undefined : deliveryOf(item, run, present(run));
      // The run or the measurement may be gone: forgotten by its user, or beyond its retention.
      if (delivery === undefined) log.info({ run: item.run, event: item.event }, 'nothing left to deliver');
      else await handler(delivery);
      await store.acknowledge(item);
    } catch (error) {
      log.warn({ err: error, run: item.run, event: item.event }, 'delivery failed; it will be tried again');
    }
  };
  const work = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      const items = await store.lease(clock.nowMs(), leaseMs, BATCH).catch((error: unknown) => {
        log.warn({ err: error }, 'outbox can not be read');
        return [];
      });
      await Promise.all(items.map(deliver));
      if (items.length < BATCH) await pause(timers, LOOK_AGAIN_MS, stop.signal);
    }
  };

  const working = work();
  return async () => {
    stop.abort();
    await working;
  };
}

function deliveryOf(item: OutboxItem, { id, callbacks }: StoredRun, run: AnalysisRun): Delivery | undefined {
  if (item.event === 'verdict')
    return run.status?.verdict === undefined
      ? undefined
      : { id: `${id}.verdict`, event: 'verdict', run, callbacks };
  const { metric, ordinal } = item;
  const result = run.status?.metricResults?.find(({ name }) => name === metric);
  const found = result && finishedMeasurements(result).find((each) => each.ordinal === ordinal);
  if (found === undefined) return undefined;
  const measured = { metric, measurement: found.measurement };
  return { id: `${id}.${metric}.${ordinal}`, event: 'measurement', run, callbacks, measured };
}
