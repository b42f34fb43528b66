import type { Clock, Timers } from '../platform/index.js';
import { ServerSpeeds, type Speed } from './server-speeds.js';

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

/**
 * How long a measurement waits for a place, ms. Nobody waits for a server that keeps one for longer and has given none back
 * meanwhile.
 */
const PATIENCE_MS = 100;
/** A timer that fires so much late, ms, tells that this process is short of time: what it did not get to is no server's fault. */
const LATE_MS = 20;
/** Longest wait of a process that is short of time, ms. */
const MOST_PATIENCE_MS = 1_000;
/**
 * When what found no place comes again, ms: the later, the longer its server keeps a place already. And the least time
 * between two that do: each costs a look at the store.
 */
const AGAIN_AFTER_MS = { least: 1_000, most: 5_000 };
const AGAIN_AFTER_SHARE = 0.25;
const APART_MS = 5;
/** With no more places than this there is nothing to divide, and no server has fewer. */
const LEAST_PLACES = 2;

/** Measurements of one server that run. */
interface Server {
  /** When each began, the oldest first. */
  readonly beganAtMs: Set<{ readonly atMs: number }>;
  /** When the next one that found no place comes again. */
  againAtMs: number;
  /** When the last one ended that ran beside others. */
  endedAtMs: number;
}

/** A measurement that waits for a place. */
interface Waiting {
  readonly places: number;
  admit(leave: () => void): void;
}

/** Those of one queue. */
interface QueueState {
  running: number;
  readonly servers: Map<string, Server>;
  readonly speeds: ServerSpeeds;
  /** By server, those that wait longest first. */
  readonly waiting: Map<string, Set<Waiting>>;
}

/**
 * Keeps servers that are slow, however many, from taking the places of a queue from the others in it:
 *
 * - Servers that have not answered quickly of late have at most half of the places together, and a quarter each,
 *   but two: a query that hangs must leave the others of its server one. A server
 *   nothing is known of may have one place beyond that, as long as more than a quarter is left.
 * - A quick one may be among the first half of the places, and has at most a quarter of what is left then. So servers that
 *   stop answering all at once leave room, too, until it is told that they are slow.
 *
 * What finds no place waits for a moment, as one that is quick gives it back soon; otherwise it gives up its turn and
 * comes again.
 */
export class Bulkhead {
  readonly #options: BulkheadOptions;
  readonly #queues = new Map<string, QueueState>();

  constructor(options: BulkheadOptions) {
    this.#options = options;
  }

  async enter({ queue, places }: QueuePlaces, name: string): Promise<Admission> {
    const nowMs = this.#options.clock.nowMs();
    const state = this.#stateOf(queue);
    const server = serverOf(state, name);
    if (hasRoom(state, name, server, places, nowMs)) return { leave: this.#take(state, name, server) };
    if (!answers(server, nowMs)) return { againAtMs: nextTurn(server, nowMs) };
    return this.#wait(state, name, places);
  }

  #stateOf(queue: string): QueueState {
    const state = this.#queues.get(queue) ?? {
      running: 0,
      servers: new Map(),
      speeds: new ServerSpeeds(),
      waiting: new Map(),
    };
    this.#queues.set(queue, state);
    return state;
  }

  #take(state: QueueState, name: string, server: Server): () => void {
    const { clock } = this.#options;
    const mine = { atMs: clock.nowMs() };
    state.servers.set(name, server);
    server.beganAtMs.add(mine);
    state.running += 1;
    return () => {
      server.beganAtMs.delete(mine);
      server.endedAtMs = clock.nowMs();
      state.running -= 1;
      state.speeds.ended(name, mine.atMs, server.endedAtMs);
      if (server.beganAtMs.size === 0) state.servers.delete(name);
      this.#admit(state);
    };
  }

  /** Gives places to those that wait for one, each server's in turn. */
  #admit(state: QueueState): void {
    const nowMs = this.#options.clock.nowMs();
    for (const [name, waiting] of state.waiting) {
      for (const one of waiting) {
        const server = serverOf(state, name);
        if (!hasRoom(state, name, server, one.places, nowMs)) break;
        one.admit(this.#take(state, name, server));
      }
    }
  }

  /** Until there is a place, or the time is over. */
  #wait(state: QueueState, name: string, places: number): Promise<Admission> {
    const { clock, timers } = this.#options;
    return new Promise((resolve) => {
      const end = (admission: Admission): void => {
        cancel();
        waiting.delete(one);
        if (waiting.size === 0 && state.waiting.get(name) === waiting) state.waiting.delete(name);
        resolve(admission);
      };
      const one: Waiting = {
        places,
        admit: (leave) => {
          end({ leave });
        },
      };
      let dueAtMs = clock.nowMs() + PATIENCE_MS;
      const lastMs = clock.nowMs() + MOST_PATIENCE_MS;
      const timeUp = (): void => {
        const nowMs = clock.nowMs();
        const lateMs = Math.min(nowMs - dueAtMs, PATIENCE_MS);
        if (lateMs < LATE_MS || nowMs >= lastMs) {
          end({ againAtMs: nextTurn(serverOf(state, name), nowMs) });
          return;
        }
        dueAtMs = nowMs + lateMs;
        cancel = timers.set(timeUp, lateMs);
      };
      let cancel = timers.set(timeUp, PATIENCE_MS);
      const waiting = state.waiting.get(name) ?? new Set();
      state.waiting.set(name, waiting.add(one));
    });
  }
}

/** What runs of a server; nothing is kept of one that nothing runs of. */
const serverOf = ({ servers }: QueueState, name: string): Server =>
  servers.get(name) ?? { beganAtMs: new Set(), againAtMs: 0, endedAtMs: Number.NEGATIVE_INFINITY };

/** Whether a place of a server can be expected soon. */
const answers = (server: Server, nowMs: number): boolean =>
  keptMs(server, nowMs) < PATIENCE_MS || nowMs - server.endedAtMs < PATIENCE_MS;

function hasRoom(state: QueueState, name: string, server: Server, places: number, nowMs: number): boolean {
  if (places <= LEAST_PLACES) return true;
  const free = places - state.running;
  const own = server.beganAtMs.size;
  const speed = speedOf(state, name, server, nowMs);
  if (speed === 'quick') return state.running < places / 2 || own < free / 4;
  if (own < Math.max(LEAST_PLACES, Math.floor(places / 4)) && free > 0 && notQuick(state, nowMs) < places / 2)
    return true;
  return speed === 'unknown' && own === 0 && free > Math.max(1, places / 4);
}

function speedOf({ speeds }: QueueState, name: string, { beganAtMs }: Server, nowMs: number): Speed {
  const [first] = beganAtMs;
  return speeds.of(name, first?.atMs, nowMs);
}

/** Places that servers have which are not known to be quick. */
function notQuick(state: QueueState, nowMs: number): number {
  let taken = 0;
  for (const [name, server] of state.servers)
    if (speedOf(state, name, server, nowMs) !== 'quick') taken += server.beganAtMs.size;
  return taken;
}

/** Since when, in ms, the server keeps the place that it has had for longest. */
function keptMs({ beganAtMs }: Server, nowMs: number): number {
  const [first] = beganAtMs;
  return first === undefined ? 0 : nowMs - first.atMs;
}

function nextTurn(server: Server, nowMs: number): number {
  const { least, most } = AGAIN_AFTER_MS;
  const afterMs = Math.min(most, Math.max(least, keptMs(server, nowMs) * AGAIN_AFTER_SHARE));
  server.againAtMs = Math.max(server.againAtMs + APART_MS, nowMs + afterMs);
  return server.againAtMs;
}
