import { setMaxListeners } from 'node:events';
import { type Clock, type Log, pause, type Timers } from '../platform/index.js';
import type { DeliveryBell } from './delivery-bell.js';
import { applyOutcome, deliveryOf } from './delivery-state.js';
import { present } from './present.js';
import type { DeliveryHandler } from './engine.js';
import type { OutboxItem, RunStore } from './ports.js';

/** Time between looks into an outbox that had nothing to hand out, ms. */
const LOOK_AGAIN_MS = 250;
/** Least time between looks that a bell asks for, ms: each is a question to every shard, and finds what came meanwhile. */
const LOOKS_APART_MS = 20;
/** How long handlers may go on after a stop, ms; then they are told to give up. */
const STOP_GRACE_MS = 2_000;

/** What {@link takeDeliveries} needs. */
interface DeliveriesOptions {
  readonly store: RunStore;
  /** Rings when this process has stored deliveries that are due. */
  readonly bell: DeliveryBell;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
  /** How long a delivery is hidden while its handler works, ms. */
  readonly leaseMs: number;
  /** Deliveries handled at once. Who handles them sees to it that a few can not take all of these places. */
  readonly atOnce: number;
}

/**
 * Hands out the outbox until the returned function is called, which waits for the handlers that are busy. A slow handler
 * holds one place. A delivery whose outcome could not be stored comes again after the lease, here
 * or in another process: at least once.
 */
export function takeDeliveries(
  { store, bell, clock, timers, log, leaseMs, atOnce }: DeliveriesOptions,
  handler: DeliveryHandler,
): () => Promise<void> {
  const stop = new AbortController();
  const giveUp = new AbortController();
  // Each delivery that is being made listens; Node would take more than ten for a leak.
  setMaxListeners(0, giveUp.signal);
  const busy = new Set<Promise<void>>();
  /** Ends the wait for the next look. A new one is made before each look, which may miss what is stored meanwhile. */
  let woken = new AbortController();
  const wake = (): void => {
    woken.abort();
  };

  const deliver = async (item: OutboxItem): Promise<void> => {
    const [stored, run] = await Promise.all([store.delivery(item), store.load(item.run)]);
    const callback = stored === undefined ? undefined : run?.callbacks[stored.callback];
    // The run may have been forgotten, and a delivery that was asked for again may be done meanwhile.
    if (stored?.state !== 'pending' || run === undefined || callback === undefined) return;
    const outcome = await handler(deliveryOf(stored, run, present(run), callback), giveUp.signal);
    if (outcome.kind === 'deferred') await store.deferDelivery(item, stored.version, outcome.atMs);
    else {
      for (
        let current = stored;
        !(await store.saveDelivery(item.run, applyOutcome(current, stored, outcome), clock.nowMs()));
      ) {
        const changed = await store.delivery(item);
        if (changed === undefined) return;
        current = changed;
      }
    }
  };
  const begin = (item: OutboxItem): void => {
    const work = deliver(item)
      .catch((error: unknown) => {
        log.warn({ err: error, ...item }, 'a delivery could not be made; it comes again');
      })
      .finally(() => busy.delete(work));
    busy.add(work);
  };
  const work = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      woken = new AbortController();
      const lookedAtMs = clock.nowMs();
      const free = atOnce - busy.size;
      const items = await store.lease(lookedAtMs, leaseMs, free).catch((error: unknown) => {
        log.warn({ err: error }, 'outbox can not be read');
        return [];
      });
      items.forEach(begin);
      if (busy.size >= atOnce) await Promise.race(busy);
      else if (items.length === 0 && (await pause(timers, LOOK_AGAIN_MS, woken.signal)) === 'aborted')
        // No longer than that, though the clock be put back.
        await pause(
          timers,
          Math.min(lookedAtMs + LOOKS_APART_MS - clock.nowMs(), LOOKS_APART_MS),
          stop.signal,
        );
    }
  };

  const unlisten = bell.listen(wake);
  const working = work();
  return async () => {
    unlisten();
    stop.abort();
    wake();
    const cancel = timers.set(() => {
      giveUp.abort();
    }, STOP_GRACE_MS);
    await working;
    await Promise.all(busy);
    cancel();
  };
}
