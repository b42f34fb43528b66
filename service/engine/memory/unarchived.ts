import type { ArchiveItem } from '../ports.js';

/** Runs that are still to be archived, by when they are due, epoch ms. */
export class Unarchived {
  readonly #dueAtMs = new Map<string, number>();

  get size(): number {
    return this.#dueAtMs.size;
  }

  add(run: string, atMs: number): void {
    this.#dueAtMs.set(run, atMs);
  }

  has(run: string): boolean {
    return this.#dueAtMs.has(run);
  }

  remove(run: string): void {
    this.#dueAtMs.delete(run);
  }

  lease(nowMs: number, leaseMs: number, limit: number): ArchiveItem[] {
    const due = [...this.#dueAtMs]
      .filter(([, atMs]) => atMs <= nowMs)
      .sort(([, one], [, other]) => one - other)
      .slice(0, limit);
    return due.map(([run]) => {
      // The fraction tells this lease from every other.
      const lease = nowMs + leaseMs + Math.random();
      this.add(run, lease);
      return { run, lease };
    });
  }

  /** True: it stood as it was handed out, and is no more to be archived. */
  done({ run, lease }: ArchiveItem): boolean {
    return this.#dueAtMs.get(run) === lease && this.#dueAtMs.delete(run);
  }
}
