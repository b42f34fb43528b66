/** For how long a place is left for a namespace that does not come again, ms: another process may have taken what waited. */
const WAITS_MS = 2_000;

interface Wait {
  readonly sinceMs: number;
  readonly untilMs: number;
}

/**
 * Whose turn it is for places that several namespaces want. Whoever has thousands of deliveries asks all the time, and would
 * have each place that is given back before others come again.
 */
export class Turns {
  readonly #waiting = new Map<string, Wait>();

  /**
   * Whether one of the places that are left is this namespace's: others that wait and have fewer go first, and of those that
   * have as many whoever waits for longest. If not, it waits from now on.
   * @param taken how many each namespace has.
   */
  take(namespace: string, left: number, taken: ReadonlyMap<string, number>, nowMs: number): boolean {
    const own = taken.get(namespace) ?? 0;
    const sinceMs = this.#waitOf(namespace, nowMs)?.sinceMs ?? nowMs;
    let before = 0;
    for (const other of this.#waiting.keys()) {
      const wait = this.#waitOf(other, nowMs);
      if (wait === undefined || other === namespace) continue;
      const theirs = taken.get(other) ?? 0;
      if (theirs < own || (theirs === own && wait.sinceMs < sinceMs)) before += 1;
    }
    if (left > before) {
      this.#waiting.delete(namespace);
      return true;
    }
    this.#waiting.set(namespace, { sinceMs, untilMs: nowMs + WAITS_MS });
    return false;
  }

  /** It has a place in another way. */
  leave(namespace: string): void {
    this.#waiting.delete(namespace);
  }

  /** Forgets one that has not come again. */
  #waitOf(namespace: string, nowMs: number): Wait | undefined {
    const wait = this.#waiting.get(namespace);
    if (wait === undefined || wait.untilMs >= nowMs) return wait;
    this.#waiting.delete(namespace);
    return undefined;
  }
}
