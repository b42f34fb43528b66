/** How often something may be done for one key, for a while and in the long run. */
export interface Pace {
  /** So often at once. */
  readonly burst: number;
  readonly perSecond: number;
}

interface Left {
  readonly count: number;
  readonly atMs: number;
}

/** Counts what is done for keys, so that what never comes to rest is done at a pace. */
export class WorkBudget {
  readonly #pace: Pace;
  /** Keys without an entry have all of it. */
  readonly #left = new Map<string, Left>();

  constructor(pace: Pace) {
    this.#pace = pace;
  }

  /** Something was done for the key. */
  spend(key: string, nowMs: number): void {
    this.#left.set(key, { count: this.#countAt(key, nowMs) - 1, atMs: nowMs });
  }

  /** When something may be done for the key again, epoch ms; undefined: now. */
  heldUntilMs(key: string, nowMs: number): number | undefined {
    const count = this.#countAt(key, nowMs);
    if (count >= this.#pace.burst) this.#left.delete(key);
    return count >= 1 ? undefined : nowMs + Math.ceil(((1 - count) / this.#pace.perSecond) * 1_000);
  }

  /** The key is no more. */
  forget(key: string): void {
    this.#left.delete(key);
  }

  #countAt(key: string, nowMs: number): number {
    const { burst, perSecond } = this.#pace;
    const { count, atMs } = this.#left.get(key) ?? { count: burst, atMs: nowMs };
    return Math.min(burst, count + (Math.max(0, nowMs - atMs) / 1_000) * perSecond);
  }
}
