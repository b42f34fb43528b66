import type { Timers } from '../../../platform/index.js';

/** Gives the place back. Calling it again does nothing. */
export type Release = () => void;

/** Lets so many in at once; the others wait in the order they came. */
export class Gate {
  readonly places: number;
  #taken = 0;
  readonly #waiting: Waiter[] = [];

  constructor(places: number) {
    this.places = places;
  }

  /** A place that is free now; undefined: there is none, or it is no longer wanted. */
  tryEnter(signal: AbortSignal): Release | undefined {
    return !signal.aborted && this.#taken < this.places ? this.#take() : undefined;
  }

  /** A place, or why there is none: nobody left in time, or it is no longer wanted. */
  enter(timers: Timers, timeoutMs: number, signal: AbortSignal): Promise<Release | 'late' | 'aborted'> {
    if (signal.aborted) return Promise.resolve('aborted');
    if (this.#taken < this.places) return Promise.resolve(this.#take());
    return new Promise((resolve) => {
      const leave = (why: 'late' | 'aborted') => (): void => {
        cancel();
        signal.removeEventListener('abort', stop);
        const index = this.#waiting.indexOf(waiter);
        if (index >= 0) this.#waiting.splice(index, 1);
        resolve(why);
      };
      const stop = leave('aborted');
      const cancel = timers.set(leave('late'), timeoutMs);
      const waiter: Waiter = {
        admit: () => {
          cancel();
          signal.removeEventListener('abort', stop);
          resolve(this.#take());
        },
      };
      signal.addEventListener('abort', stop, { once: true });
      this.#waiting.push(waiter);
    });
  }

  #take(): Release {
    this.#taken += 1;
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.#taken -= 1;
      this.#waiting.shift()?.admit();
    };
  }
}

interface Waiter {
  admit(): void;
}
