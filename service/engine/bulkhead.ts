import type { Clock, Timers } from '../platform/index.js';

/** What {@link Bulkhead} needs. */
interface BulkheadOptions {
  readonly clock: Clock;
  readonly timers: Timers;
}

/** The queue that a tick is in, as far as this process works on it. */
export interface QueuePlaces {
  readonly queue: string;
  /** Ticks of it that this process runs at once. */
  readonly places: number;
}

/** A place: `leave` gives it back. Or none: the measurement is to be tried again at `againAtMs`, epoch ms. */
export type Admission = { readonly leave: () => void } | { readonly againAtMs: number };

/** How long a measurement waits for a place, ms. A server that keeps one for longer is slow, and nobody waits for it. */
const PATIENCE_MS = 100;
/** When what found no place comes again, ms, and the least time between two that do: each costs a look at the store. */
const AGAIN_AFTER_MS = 1_000;
const APART_MS = 5;
/** With fewer places than this there is nothing to divide. */
const LEAST_PLACES = 4;

/** Measurements of one server that run, by when they began, and when the next one that found no place comes again. */
interface Server {
  readonly beganAtMs: Set<{ readonly atMs: number }>;
  againAtMs: number;
}

/** Those of one queue. */
interface QueueState {
  running: number;
  readonly servers: Map<string, Server>;
  readonly waiting: Set<() => void>;
}

/**
 * Keeps a server that is slow from taking the places of a queue from the others in it. The first half of the places is
 * for everybody; the other half only for servers that have less than a quarter of all. What finds no place waits for a
 * moment, as one that is quick gives it back soon; otherwise it gives up its turn and comes again.
 */
export class Bulkhead {
  readonly #options: BulkheadOptions;
  readonly #queues = new Map<string, QueueState>();

  constructor(options: BulkheadOptions) {
    this.#options = options;
  }

  async enter({ queue, places }: QueuePlaces, name: string): Promise<Admission> {
    const state = this.#stateOf(queue);
    const untilMs = this.#options.clock.nowMs() + PATIENCE_MS;
    for (;;) {
      const server = state.servers.get(name) ?? { beganAtMs: new Set(), againAtMs: 0 };
      if (hasRoom(state, server, places)) return { leave: this.#take(state, name, server) };
      const nowMs = this.#options.clock.nowMs();
      const waitMs = untilMs - nowMs;
      if (waitMs <= 0 || isSlow(server, nowMs)) return { againAtMs: nextTurn(server, nowMs) };
      await this.#released(state, waitMs);
    }
  }

  #stateOf(queue: string): QueueState {
    const state = this.#queues.get(queue) ?? { running: 0, servers: new Map(), waiting: new Set() };
    this.#queues.set(queue, state);
    return state;
  }

  #take(state: QueueState, name: string, server: Server): () => void {
    const mine = { atMs: this.#options.clock.nowMs() };
    state.servers.set(name, server);
    server.beganAtMs.add(mine);
    state.running += 1;
    return () => {
      server.beganAtMs.delete(mine);
      state.running -= 1;
      if (server.beganAtMs.size === 0) state.servers.delete(name);
      const waiting = [...state.waiting];
      state.waiting.clear();
      for (const wake of waiting) wake();
    };
  }

  /** Until a place is given back, or the time is over. */
  #released(state: QueueState, waitMs: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        cancel();
        state.waiting.delete(wake);
        resolve();
      };
      const cancel = this.#options.timers.set(wake, waitMs);
      state.waiting.add(wake);
    });
  }
}

function hasRoom({ running }: QueueState, { beganAtMs }: Server, places: number): boolean {
  return places < LEAST_PLACES || running < places / 2 || beganAtMs.size < Math.floor(places / 4);
}

/** The one that began first has its place for longer than others would wait for it. */
function isSlow({ beganAtMs }: Server, nowMs: number): boolean {
  const [first] = beganAtMs;
  return first !== undefined && nowMs - first.atMs >= PATIENCE_MS;
}

function nextTurn(server: Server, nowMs: number): number {
  server.againAtMs = Math.max(server.againAtMs + APART_MS, nowMs + AGAIN_AFTER_MS);
  return server.againAtMs;
}
