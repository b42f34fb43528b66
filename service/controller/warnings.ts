import type { Clock, Log } from '../platform/index.js';

/** What {@link Warnings} are made of. */
interface WarningsOptions {
  readonly log: Log;
  readonly clock: Clock;
  /** Time between two warnings of the same trouble, ms. */
  readonly everyMs: number;
}

/** Troubles that are remembered; beyond that the oldest may be told again too soon. */
const REMEMBERED = 100;

/** Warns of what goes on for long, or happens to many at once: of each trouble when it is new, and again once in a while. */
export class Warnings {
  readonly #options: WarningsOptions;
  readonly #toldAtMs = new Map<string, number>();

  constructor(options: WarningsOptions) {
    this.#options = options;
  }

  /** @param trouble what tells it from others. */
  warn(trouble: string, about: Readonly<Record<string, unknown>>, message: string): void {
    const { log, clock, everyMs } = this.#options;
    const nowMs = clock.nowMs();
    const toldAtMs = this.#toldAtMs.get(trouble);
    if (toldAtMs !== undefined && nowMs - toldAtMs < everyMs) return;
    this.#toldAtMs.delete(trouble);
    this.#toldAtMs.set(trouble, nowMs);
    const [oldest] = this.#toldAtMs.keys();
    if (this.#toldAtMs.size > REMEMBERED && oldest !== undefined) this.#toldAtMs.delete(oldest);
    log.warn(about, message);
  }

  /** It goes well: any trouble is new from now on. */
  clear(): void {
    this.#toldAtMs.clear();
  }
}
