import type { Cancel, Timers } from '../../platform/index.js';

/** Gives a place back. */
export type Leave = () => void;

/** How often is looked whether places are given at all, ms. */
const LOOK_MS = 500;
/** Who waits is sent away after so many looks between which nobody got a place: a process that is late itself makes one. */
const LOOKS = 3;
/** And after so many looks whatever happens: another process may have room. */
const MOST_LOOKS = 10;

/** Who waits for a place. */
interface Waiting {
  readonly answer: (leave: Leave | undefined) => void;
  /** Looks that there were before it came. */
  readonly sinceLook: number;
}

/** Places that are taken in turn: so many that have one, and the others wait in the order in which they came. */
export class Places {
  readonly #timers: Timers;
  readonly #waiting = new Set<Waiting>();
  readonly #curious: (() => void)[] = [];
  #free: number;
  #ended = false;
  #looks = 0;
  /** Looks since somebody who waited was given a place. */
  #idleLooks = 0;
  #cancel: Cancel | undefined;

  constructor(count: number, timers: Timers) {
    this.#free = count;
    this.#timers = timers;
  }

  /** A place, now or when it is one's turn. Undefined: none can be expected soon, or all is over. */
  enter(): Leave | Promise<Leave | undefined> | undefined {
    const now = this.enterNow();
    if (this.#ended || now !== undefined) return now;
    return new Promise((answer) => {
      this.#waiting.add({ answer, sinceLook: this.#looks });
      this.#cancel ??= this.#lookLater();
    });
  }

  /** A place, if one is free now. */
  enterNow(): Leave | undefined {
    if (this.#ended || this.#free === 0) return undefined;
    this.#free -= 1;
    return this.#leave;
  }

  /** Sends away all who wait, and whoever comes from now on. */
  end(): void {
    this.#ended = true;
    this.#cancel?.();
    for (const one of this.#waiting) one.answer(undefined);
    this.#waiting.clear();
    this.#tell();
  }

  /** Resolves when there is a place, or one is given back to who waits for it, or all is over. */
  givenBack(): Promise<void> {
    if (this.#ended || this.#free > 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#curious.push(resolve);
    });
  }

  #tell(): void {
    for (const resolve of this.#curious.splice(0)) resolve();
  }

  readonly #leave: Leave = () => {
    if (this.#curious.length > 0) this.#tell();
    const [next] = this.#waiting;
    if (next === undefined) {
      this.#free += 1;
      return;
    }
    this.#waiting.delete(next);
    this.#idleLooks = 0;
    next.answer(this.#leave);
  };

  #lookLater(): Cancel {
    return this.#timers.set(() => {
      this.#look();
      this.#cancel = this.#waiting.size > 0 ? this.#lookLater() : undefined;
    }, LOOK_MS);
  }

  #look(): void {
    this.#looks += 1;
    this.#idleLooks = this.#waiting.size > 0 ? this.#idleLooks + 1 : 0;
    for (const one of this.#waiting) {
      // Who came later has waited less.
      const waited = this.#looks - one.sinceLook;
      if (waited < LOOKS || (waited < MOST_LOOKS && this.#idleLooks < LOOKS)) return;
      this.#waiting.delete(one);
      one.answer(undefined);
    }
  }
}
