import type { Timers } from '../../service/platform/index.js';
import type { Clock } from '../../service/platform/index.js';

/** A clock that stands still until it is moved, and timers on it. */
export class FakeTime implements Clock, Timers {
  #nowMs: number;
  readonly #timers = new Set<{ readonly atMs: number; readonly action: () => void }>();

  constructor(nowMs = Date.parse('2026-11-25T00:00:00Z')) {
    this.#nowMs = nowMs;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  set(action: () => void, delayMs: number): () => void {
    const timer = { atMs: this.#nowMs + Math.max(0, delayMs), action };
    this.#timers.add(timer);
    return () => {
      this.#timers.delete(timer);
    };
  }

  /** Moves time on; what is due on the way goes off at its time, and what follows from it without time is done. */
  async advance(ms: number): Promise<void> {
    const endMs = this.#nowMs + ms;
    await settled();
    for (let next = this.#next(endMs); next !== undefined; next = this.#next(endMs)) {
      this.#timers.delete(next);
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      next.action();
      await settled();
    }
    this.#nowMs = endMs;
    await settled();
  }

  /** Time goes by in which nothing could go off, as when the process is busy: what is due is late. */
  block(ms: number): void {
    this.#nowMs += ms;
  }

  #next(endMs: number) {
    const due = [...this.#timers].filter(({ atMs }) => atMs <= endMs);
    return due.sort((one, other) => one.atMs - other.atMs)[0];
  }
}

/** After the promises that can go on now, and those that follow from them: they all come before the event loop's next turns. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
}
