import type { Timers, Cancel } from '../platform/index.js';

/** What {@link WorkQueue} is made of. */
export interface WorkQueueOptions {
  /** Does what a key needs; must not reject. Never runs twice at once for one key. */
  readonly work: (key: string) => Promise<void>;
  /** Keys that are worked on at once. */
  readonly concurrency: number;
  /** Whether work on a key may well take long: half of the places are kept for the others. Absent: it is so for none. */
  readonly isSlow?: (key: string) => boolean;
  readonly timers: Timers;
}

/**
 * Keys that need work, each at most once: a key that is added while it waits is worked on once, and one that is added
 * while it is worked on is worked on again afterwards.
 */
export class WorkQueue {
  readonly #options: WorkQueueOptions;
  readonly #waiting = new Set<string>();
  readonly #running = new Map<string, Promise<void>>();
  readonly #again = new Set<string>();
  readonly #later = new Map<string, { readonly atMs: number; readonly cancel: Cancel }>();
  #stopped = false;

  constructor(options: WorkQueueOptions) {
    this.#options = options;
  }

  /** Works on the key as soon as there is a place. */
  add(key: string): void {
    if (this.#stopped) return;
    this.#later.get(key)?.cancel();
    this.#later.delete(key);
    if (this.#running.has(key)) this.#again.add(key);
    else this.#waiting.add(key);
    this.#next();
  }

  /** Works on the key at a time, epoch ms, or before if it is wanted before. */
  addAt(key: string, atMs: number, nowMs: number): void {
    if (this.#stopped) return;
    const known = this.#later.get(key);
    if (known !== undefined && known.atMs <= atMs) return;
    known?.cancel();
    const cancel = this.#options.timers.set(() => {
      this.#later.delete(key);
      this.add(key);
    }, atMs - nowMs);
    this.#later.set(key, { atMs, cancel });
  }

  /** Takes no more work and waits for what is being worked on. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#waiting.clear();
    this.#again.clear();
    for (const { cancel } of this.#later.values()) cancel();
    this.#later.clear();
    await Promise.all(this.#running.values());
  }

  /** Whether more keys wait than there are places; with `key` only those that it has to wait for: what is slow takes no place that others need. */
  isCrowded(key?: string): boolean {
    const { concurrency, isSlow } = this.#options;
    if (this.#waiting.size <= concurrency) return false;
    if (key === undefined || isSlow === undefined || isSlow(key)) return true;
    let before = 0;
    for (const waiting of this.#waiting) if (!isSlow(waiting) && ++before > concurrency) return true;
    return false;
  }

  #next(): void {
    const { concurrency, isSlow = () => false } = this.#options;
    let slow = 0;
    for (const key of this.#running.keys()) if (isSlow(key)) slow += 1;
    for (const key of this.#waiting) {
      if (this.#running.size >= concurrency) return;
      if (isSlow(key)) {
        // Whoever is through looks for the next of these, too.
        if (slow >= concurrency / 2) continue;
        slow += 1;
      }
      this.#begin(key);
    }
  }

  #begin(key: string): void {
    this.#waiting.delete(key);
    const work = this.#options.work(key).finally(() => {
      this.#running.delete(key);
      if (this.#again.delete(key)) this.#waiting.add(key);
      this.#next();
    });
    this.#running.set(key, work);
  }
}
