import { LRUCache } from 'lru-cache';

/** Attempts at once to a host that answers, and to one that did not answer the last time. */
const LIMIT = 8;
const LIMIT_UNANSWERED = 1;
/** The longest time that a delivery is put off for want of a place, ms. */
const MAX_WAIT_MS = 60_000;
/** The shortest, and what an attempt is taken to last before there was one, ms. */
const MIN_WAIT_MS = 50;
/** Hosts that are remembered. */
const MAX_HOSTS = 10_000;

interface Host {
  busy: number;
  answered: boolean;
  lastMs: number;
  /** When the place of whoever was put off last is free, epoch ms. */
  queueEndMs: number;
}

/**
 * How many attempts go to one host at once, so that one that hangs takes few of the places that all share. Those that
 * find no place are put off one after the other, by the time that the host needs for each.
 */
export class HostLimits {
  readonly #hosts = new LRUCache<string, Host>({ max: MAX_HOSTS });

  /** Takes a place; or, when there is none, answers when to come again, epoch ms. */
  enter(name: string, nowMs: number): number | undefined {
    const host = this.#hosts.get(name) ?? { busy: 0, answered: true, lastMs: MIN_WAIT_MS, queueEndMs: nowMs };
    this.#hosts.set(name, host);
    const limit = host.answered ? LIMIT : LIMIT_UNANSWERED;
    if (host.busy < limit) {
      host.busy += 1;
      return undefined;
    }
    const queueEndMs = Math.max(nowMs, host.queueEndMs) + Math.max(1, host.lastMs / limit);
    host.queueEndMs = Math.min(queueEndMs, nowMs + MAX_WAIT_MS);
    return Math.round(Math.max(nowMs + MIN_WAIT_MS, host.queueEndMs));
  }

  /** Gives the place back, with what became of the attempt. */
  leave(
    name: string,
    { answered, durationMs }: { readonly answered: boolean; readonly durationMs: number },
  ): void {
    const host = this.#hosts.get(name);
    if (host === undefined) return;
    host.busy = Math.max(0, host.busy - 1);
    host.answered = answered;
    host.lastMs = durationMs;
  }
}
