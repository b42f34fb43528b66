import type { Tick } from '../ports.js';

/** Ticks of one job are due within so many ms. The job is due with its last one: none is run early. */
const WITHIN_MS = 5;

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

/**
 * Puts ticks that are scheduled in one turn of the event loop together, if they are due at nearly the same time: a job costs
 * Redis and a worker more than what its tick reads and writes. What was measured together is due together again, so under
 * load groups form by themselves; where there is little to do each tick keeps a job of its own.
 */
export class TickGroups {
  readonly #store: GroupStore;
  readonly #atEndOfTurn: (flush: () => void) => unknown;
  #pending: Pending[] = [];

  /** @param atEndOfTurn calls `flush` once when what is ready in this turn has been worked off. */
  constructor(store: GroupStore, atEndOfTurn: (flush: () => void) => unknown = setImmediate) {
    this.#store = store;
    this.#atEndOfTurn = atEndOfTurn;
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
      if (this.#pending.length === 0)
        this.#atEndOfTurn(() => {
          this.#flush();
        });
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
    });
  }

  #flush(): void {
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
