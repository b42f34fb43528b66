import type { Clock } from '../../platform/index.js';
import type { RunObjects } from './run-objects.js';

/** A write that takes longer is held up by something, ms. */
const SLOW_MS = 2_000;

/**
 * Namespaces in which the last write took long, whatever came of it: an admission webhook that does not answer, say, holds up
 * all that is written there for as long as the API server, or who asks it, waits.
 */
export class SlowNamespaces {
  readonly #clock: Clock;
  readonly #slow = new Set<string>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  has(namespace: string): boolean {
    return this.#slow.has(namespace);
  }

  /** The same objects, by whose writes it is told which namespaces are slow. */
  timing(objects: RunObjects): RunObjects {
    return {
      read: (namespace, name) => objects.read(namespace, name),
      writeStatus: (object, status) =>
        this.#timed(object.metadata.namespace, () => objects.writeStatus(object, status)),
      delete: (object) => this.#timed(object.metadata.namespace, () => objects.delete(object)),
    };
  }

  async #timed<Answer>(namespace: string, write: () => Promise<Answer>): Promise<Answer> {
    const beganMs = this.#clock.nowMs();
    try {
      return await write();
    } finally {
      if (this.#clock.nowMs() - beganMs > SLOW_MS) this.#slow.add(namespace);
      else this.#slow.delete(namespace);
    }
  }
}
