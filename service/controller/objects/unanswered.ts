/** So many are kept of one object. */
const MOST = 3;

/**
 * Writes of which nobody knows whether they are stored, as no answer came, by what tells their objects apart. They were all made
 * of one state of the object, so that one of them is stored at most.
 */
export class Unanswered<Write> {
  readonly #byKey = new Map<string, Write[]>();

  /** The writes that are kept of an object, the oldest first. */
  of(key: string): readonly Write[] {
    return this.#byKey.get(key) ?? [];
  }

  /** Keeps one. Of many the first may be what is stored, as the server went away then, or one of the last: it is back. */
  keep(key: string, write: Write): void {
    const kept = [...this.of(key), write];
    if (kept.length > MOST) kept.splice(1, 1);
    this.#byKey.set(key, kept);
  }

  /** Puts another one in place of the last. */
  replaceLast(key: string, write: Write): void {
    this.#byKey.set(key, [...this.of(key).slice(0, -1), write]);
  }

  drop(key: string): void {
    this.#byKey.delete(key);
  }
}
