import { setTimeout as sleep } from 'node:timers/promises';
import type { ServerClient } from './client.js';
import { ServerError } from './server-error.js';

/** Times of following a run, ms. */
export interface FollowTimes {
  /** How long a poll waits for the verdict, and so the time between looks at a run without a stream. */
  readonly pollMs: number;
  /** Time for the beginning of a stream; proxies that collect events show themselves by it. */
  readonly beginMs: number;
  /** Time without a sign of life after which a stream counts as broken. The server gives one each 15 s. */
  readonly silenceMs: number;
  /** Time before a stream that ended is opened again. */
  readonly reopenMs: number;
}

/** A time to look at a run: at once, or with a wait of so many ms at the server. */
export interface Occasion {
  readonly waitMs?: number;
}

/**
 * The times at which to look at a run: whenever its stream of events tells of something, and whenever the stream breaks,
 * which is then opened again after the last event. Where there is no stream, as behind a proxy that collects it: all
 * the time, with a wait. Never ends by itself.
 */
export async function* occasions(
  client: Pick<ServerClient, 'events'>,
  id: string,
  times: FollowTimes,
  signal: AbortSignal,
): AsyncGenerator<Occasion> {
  let after: string | undefined;
  for (let streams = true; streams; ) {
    const watchdog = createWatchdog(times.beginMs);
    let begun = false;
    try {
      for await (const batch of client.events(id, after, AbortSignal.any([signal, watchdog.signal]))) {
        begun = true;
        watchdog.expectWithin(times.silenceMs);
        after = batch.lastEventId ?? after;
        if (batch.events > 0) yield {};
      }
    } catch (error) {
      if (signal.aborted) throw error;
      // What broke may work again; what was refused, or begins nothing, will not.
      if (error instanceof ServerError ? !error.passing : !begun && watchdog.signal.aborted) streams = false;
    } finally {
      watchdog.end();
    }
    yield {};
    if (streams) await sleep(times.reopenMs, undefined, { signal });
  }
  for (;;) yield { waitMs: times.pollMs };
}

/** Aborts a signal unless it is told in time to go on. */
function createWatchdog(firstMs: number) {
  const controller = new AbortController();
  let timer: NodeJS.Timeout;
  const expectWithin = (ms: number): void => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      controller.abort();
    }, ms);
  };
  expectWithin(firstMs);
  return {
    signal: controller.signal,
    expectWithin,
    end: () => {
      clearTimeout(timer);
    },
  };
}
