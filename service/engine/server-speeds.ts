/** How a server answers, as far as it is known. */
export type Speed = 'quick' | 'slow' | 'unknown';

/** A measurement that takes longer, ms, is slow. Much less than a timeout, and more than a worker that is short of time takes. */
const SLOW_MS = 5_000;
/** Servers that are remembered; of more the ones that answered longest ago are unknown again. */
const REMEMBERED = 1_000;

/** What is known of a server from its last measurement that ended. */
interface Known {
  readonly wasQuick: boolean;
  /** When it last answered quickly, epoch ms. */
  readonly quickAtMs: number;
}

/** Which servers answered quickly of late. An Error counts like any other answer: it gave its place back. */
export class ServerSpeeds {
  readonly #known = new Map<string, Known>();

  /** A measurement of the server has ended. */
  ended(server: string, beganAtMs: number, nowMs: number): void {
    const wasQuick = nowMs - beganAtMs < SLOW_MS;
    const before = this.#known.get(server)?.quickAtMs ?? Number.NEGATIVE_INFINITY;
    // To the end of the map: its first entry is the one to forget.
    this.#known.delete(server);
    this.#known.set(server, { wasQuick, quickAtMs: wasQuick ? nowMs : before });
    const [oldest] = this.#known.keys();
    if (this.#known.size > REMEMBERED && oldest !== undefined) this.#known.delete(oldest);
  }

  /**
   * @param oldestMs when the measurement of the server began, epoch ms, that has been running for longest. Undefined: none
   * runs. A single slow one among quick ones does not make the server slow.
   */
  of(server: string, oldestMs: number | undefined, nowMs: number): Speed {
    const known = this.#known.get(server);
    if (known !== undefined && nowMs - known.quickAtMs < SLOW_MS) return 'quick';
    if (oldestMs !== undefined && nowMs - oldestMs >= SLOW_MS) return 'slow';
    if (known === undefined) return 'unknown';
    return known.wasQuick ? 'quick' : 'slow';
  }
}
