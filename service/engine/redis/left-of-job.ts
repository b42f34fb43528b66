import type { Log } from '../../platform/index.js';
import type { Tick } from '../timetable-port.js';

/** What {@link LeftOfJob} needs. */
interface LeftOfJobOptions {
  readonly log: Log;
  /** Makes the job one of these ticks only. */
  readonly reduce: (left: readonly Tick[]) => Promise<void>;
}

/**
 * The ticks of a job that are still to be done by it. The sweeper takes whatever a job names for under way, so what has become a job
 * of its own is no longer named, nor is what was done long ago beside one that hangs.
 */
export class LeftOfJob {
  readonly #options: LeftOfJobOptions;
  readonly #left: Set<Tick>;
  #takesLong = false;
  #telling: Promise<void> | undefined;

  constructor(ticks: readonly Tick[], options: LeftOfJobOptions) {
    this.#left = new Set(ticks);
    this.#options = options;
  }

  /** It is done. Few jobs last long enough for that to matter. */
  done(tick: Tick): void {
    this.#left.delete(tick);
    if (this.#takesLong) this.#tell();
  }

  /** It is in another job now. */
  handedOver(tick: Tick): void {
    this.#left.delete(tick);
    this.#tell();
  }

  /** The job goes on for long: from now on what is done is told. */
  takesLong(): void {
    this.#takesLong = true;
    this.#tell();
  }

  /** Resolves when what was to be told is told. */
  async told(): Promise<void> {
    await this.#telling;
  }

  /** Once for all of one turn of the event loop. */
  #tell(): void {
    this.#telling ??= new Promise((resolve) => setImmediate(resolve))
      .then(() => {
        this.#telling = undefined;
        return this.#options.reduce([...this.#left]);
      })
      .catch((error: unknown) => {
        // The next one that is told makes up for it; until then the sweeper lets be what it need not.
        this.#options.log.debug({ err: error }, 'a job still names ticks that it has not');
      });
  }
}
