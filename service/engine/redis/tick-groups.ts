import type { Clock, Timers } from '../../platform/index.js';
import type { Tick } from '../timetable-port.js';

/** Ticks of one job are due within so many ms. The job is due with its last one: none is run early. */
const WITHIN_MS = 5;
/** A tick waits so long for others that are to go with it, ms, if it is due so much later that it costs no time, ms. */
const GATHER_MS = 4;
const FAR_MS = 50;

/** Ticks that are due together. */
export interface TickGroup {
  readonly ticks: readonly Tick[];
  /** When the last of them is due, epoch ms. */
  readonly dueAtMs: number;
}

/** Where groups are kept. */
export interface GroupStore {
  /** Most ticks of a group. */
  readonly most: number;
  add(group: TickGroup): Promise<void>;
  /** Makes the group that `ticks` are one of those that are `left`. Must not throw. */
  reduce(ticks: readonly Tick[], left: readonly Tick[]): void;
}

/** A tick that waits for the end of the turn. */
interface Pending {
  readonly tick: Tick;
  readonly dueAtMs: number;
  /** Told when its group is being stored. Tells whether the tick is to stay. */
  readonly stored: (added: Promise<void>) => Promise<boolean>;
}

/** What tells {@link TickGroups} the time. */
interface TickGroupsOptions {
  readonly clock: Clock;
  readonly timers: Timers;
  /** Calls `flush` once when what is ready in this turn of the event loop has been worked off. Default: `setImmediate`. */
  readonly atEndOfTurn?: (flush: () => void) => unknown;
}

/**
 * Puts ticks that are scheduled at nearly the same time together, if they are due at nearly the same time as well: a job costs
 * Redis and a worker more than what its tick reads and writes. Under load groups form by themselves; where there is little
 * to do each tick keeps a job of its own.
 */
export class TickGroups {
  readonly #store: GroupStore;
  readonly #options: TickGroupsOptions;
  #pending: Pending[] = [];
  /** When the pending ones are stored: not at all, after a moment or at the end of this turn. */
  #flushing: 'not' | 'soon' | 'now' = 'not';

  constructor(store: GroupStore, options: TickGroupsOptions) {
    this.#store = store;
    this.#options = options;
  }

  /**
   * Stores the tick with its group and calls `also` in the same moment, so that a process that dies has done both or neither.
   * Gives what `also` does once both are done, and takes the tick back if that is undefined; rejects as either does.
   */
  schedule<Result>(
    tick: Tick,
    dueAtMs: number,
    also: () => Promise<Result | undefined>,
  ): Promise<Result | undefined> {
    return new Promise((resolve, reject) => {
      const stored = async (added: Promise<void>): Promise<boolean> => {
        try {
          const [result] = await Promise.all([also(), added]);
          resolve(result);
          return result !== undefined;
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)));
          return true;
        }
      };
      this.#pending.push({ tick, dueAtMs, stored });
      this.#plan(dueAtMs);
    });
  }

  /** Has what is pending stored: at once if something of it is due soon, or there is enough for a group. */
  #plan(dueAtMs: number): void {
    const { clock, timers, atEndOfTurn = setImmediate } = this.#options;
    const flush = (): void => {
      this.#flush();
    };
    if (dueAtMs - clock.nowMs() < FAR_MS || this.#pending.length >= this.#store.most) {
      if (this.#flushing !== 'now') atEndOfTurn(flush);
      this.#flushing = 'now';
    } else if (this.#flushing === 'not') {
      timers.set(flush, GATHER_MS);
      this.#flushing = 'soon';
    }
  }

  #flush(): void {
    // The timer of what an earlier end of a turn has stored finds nothing, or stores what has come since a little early.
    this.#flushing = 'not';
    const pending = this.#pending.sort((a, b) => a.dueAtMs - b.dueAtMs);
    this.#pending = [];
    for (let begin = 0; begin < pending.length; ) {
      const end = endOfGroup(pending, begin, this.#store.most);
      const members = pending.slice(begin, end);
      void this.#storeGroup(members);
      begin = end;
    }
  }

  async #storeGroup(members: readonly Pending[]): Promise<void> {
    const ticks = members.map(({ tick }) => tick);
    const added = this.#store.add({ ticks, dueAtMs: members.at(-1)?.dueAtMs ?? 0 });
    const stay = await Promise.all(members.map(({ stored }) => stored(added)));
    if (stay.includes(false))
      this.#store.reduce(
        ticks,
        ticks.filter((_, index) => stay[index]),
      );
  }
}

/** Where the group ends that begins at `begin` of what is sorted by due time. */
function endOfGroup(pending: readonly Pending[], begin: number, most: number): number {
  const few = pending.slice(begin, begin + most);
  const lastMs = (few[0]?.dueAtMs ?? 0) + WITHIN_MS;
  const later = few.findIndex(({ dueAtMs }) => dueAtMs > lastMs);
  return begin + (later === -1 ? few.length : later);
}
