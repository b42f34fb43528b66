import { LRUCache } from 'lru-cache';
import { Turns } from './turns.js';

/** Attempts at once to a host that answers, and to one of which that is not known. */
const LIMIT = 8;
const LIMIT_UNANSWERED = 1;
/** Shares of all places: what hosts have together that do not answer, and one namespace; and one namespace for such hosts. */
const SHARE = { unanswered: 1 / 2, namespace: 3 / 4, namespaceUnanswered: 1 / 4 } as const;
/** What hosts have of the places of those that do not answer whose last attempt failed: others are still to be tried. */
const SHARE_OF_FAILING = 1 / 2;
/** Share of the places up to which a namespace that has none gets one for a host that was never tried. */
const SHARE_OF_FIRST = 3 / 4;
/** Share of what is left that one host may have once half of the places are taken. */
const SHARE_OF_FREE = 1 / 3;
/** For how long an answer says that a host answers, ms; and how long an attempt takes that says it does not now. */
const RECENT_MS = 600_000;
const STALLED_MS = 5_000;
/** The longest time that a delivery is put off for want of a place, ms. */
const MAX_WAIT_MS = 60_000;
/** The shortest, and what an attempt is taken to last before there was one, ms. */
const MIN_WAIT_MS = 50;
/** When a namespace comes again for which there is no place, ms, and the time between two of its deliveries: each is a look at the store. */
const AGAIN_AFTER_MS = 1_000;
const APART_MS = 5;
/** Hosts and namespaces that are remembered. */
const MAX_REMEMBERED = 10_000;

/** Where an attempt goes, and for whom. */
export interface Target {
  readonly host: string;
  readonly namespace: string;
}

/** What an attempt says of its host: whether it answered. Undefined: nothing, as it was not asked. */
export type Answered = boolean | undefined;

/** A place, given back with what became of the attempt; or none: come again at `againAtMs`, epoch ms. */
export type Entry =
  | { readonly leave: (answered: Answered, nowMs: number) => void }
  | { readonly againAtMs: number };

interface Attempt extends Target {
  readonly atMs: number;
}

/** What is known of a host that was asked. */
interface Host {
  /** Of the last attempt that tells; undefined: there was none. */
  answered: Answered;
  answeredAtMs: number;
  lastMs: number;
  /** When the place of whoever was put off last is free, epoch ms. */
  queueEndMs: number;
}

/** `failing`: the last attempt had no answer. `unknown`: never tried, or long ago. */
type State = 'answers' | 'unknown' | 'failing';

/**
 * Keeps receivers that hang from taking the places that all share, however many hosts, ports or names they have:
 *
 * - A host that answers has 8 places, or a third of those that are left once half are taken. Any other host has one.
 * - Hosts that do not answer, or of which that is not known, have half of the places together, those that failed half of these.
 * - A namespace has three quarters of the places, and a quarter for hosts that do not answer. One that has none gets one for
 *   a host that was never tried even when other namespaces have used those up.
 * - Namespaces that find all of those taken have their turns: what is given back is for whoever has fewest, and waits for longest.
 *
 * Those that find no place are put off one after the other: for a host by the time that it needs for each.
 */
export class HostLimits {
  readonly #places: number;
  readonly #busy = new Set<Attempt>();
  readonly #hosts = new LRUCache<string, Host>({ max: MAX_REMEMBERED });
  readonly #turns: Readonly<Record<State, Turns>> = {
    answers: new Turns(),
    unknown: new Turns(),
    failing: new Turns(),
  };
  /** When the next delivery of a namespace that found no place comes again, epoch ms. */
  readonly #againAtMs = new LRUCache<string, number>({ max: MAX_REMEMBERED });

  /** @param places attempts at once to all hosts. */
  constructor(places: number) {
    this.#places = places;
  }

  /** Takes a place, or says when to come again. */
  enter(target: Target, nowMs: number): Entry {
    const host = this.#hostOf(target.host);
    const state = this.#stateOf(target.host, nowMs);
    const limit = state === 'answers' ? LIMIT : LIMIT_UNANSWERED;
    const free = this.#places - this.#busy.size;
    const own = this.#count((attempt) => attempt.host === target.host);
    const isCrowded = this.#busy.size >= this.#places / 2;
    if (own >= limit || (state === 'answers' && isCrowded && own >= free * SHARE_OF_FREE))
      return { againAtMs: this.#afterHost(target.host, host, limit, nowMs) };
    if (!this.#hasRoom(target, state, nowMs))
      return { againAtMs: this.#afterNamespace(target.namespace, nowMs) };
    const attempt: Attempt = { ...target, atMs: nowMs };
    this.#busy.add(attempt);
    return {
      leave: (answered, endMs) => {
        if (!this.#busy.delete(attempt) || answered === undefined) return;
        const known = this.#hostOf(target.host);
        known.answered = answered;
        known.lastMs = Math.max(0, endMs - nowMs);
        if (answered) known.answeredAtMs = endMs;
      },
    };
  }

  /** Whether there is a place beside those of other hosts and namespaces. */
  #hasRoom({ namespace }: Target, state: State, nowMs: number): boolean {
    const places = this.#places;
    const turns = this.#turns[state];
    const free = places - this.#busy.size;
    const ofNamespace = this.#count((attempt) => attempt.namespace === namespace);
    if (ofNamespace >= places * SHARE.namespace) return false;
    if (state === 'answers') return turns.take(namespace, free, byNamespace(this.#busy), nowMs);
    const states = new Map([...this.#busy].map(({ host }) => [host, this.#stateOf(host, nowMs)]));
    const like = [...this.#busy].filter(({ host }) =>
      state === 'failing' ? states.get(host) === 'failing' : states.get(host) !== 'answers',
    );
    const share = state === 'failing' ? SHARE_OF_FAILING : 1;
    const taken = byNamespace(like);
    if ((taken.get(namespace) ?? 0) >= places * SHARE.namespaceUnanswered * share) return false;
    const left = Math.min(free, places * SHARE.unanswered * share - like.length);
    if (turns.take(namespace, left, taken, nowMs)) return true;
    const isFirst = state === 'unknown' && ofNamespace === 0 && this.#busy.size < places * SHARE_OF_FIRST;
    if (isFirst) turns.leave(namespace);
    return isFirst;
  }

  #stateOf(name: string, nowMs: number): State {
    const host = this.#hosts.get(name);
    if (host?.answered === undefined) return 'unknown';
    if (!host.answered) return 'failing';
    if (nowMs - host.answeredAtMs < STALLED_MS) return 'answers';
    if (this.#keptMs(name, nowMs) >= STALLED_MS) return 'failing';
    return nowMs - host.answeredAtMs < RECENT_MS ? 'answers' : 'unknown';
  }

  /** For how long the host has kept the place that it has had for longest, ms. */
  #keptMs(name: string, nowMs: number): number {
    for (const { host, atMs } of this.#busy) if (host === name) return nowMs - atMs;
    return 0;
  }

  #hostOf(name: string): Host {
    const host = this.#hosts.get(name) ?? {
      answered: undefined,
      answeredAtMs: Number.NEGATIVE_INFINITY,
      lastMs: MIN_WAIT_MS,
      queueEndMs: 0,
    };
    this.#hosts.set(name, host);
    return host;
  }

  #count(isMeant: (attempt: Attempt) => boolean): number {
    let count = 0;
    for (const attempt of this.#busy) if (isMeant(attempt)) count += 1;
    return count;
  }

  #afterHost(name: string, host: Host, limit: number, nowMs: number): number {
    // Of a host that was never tried it is hoped that it answers, until that takes long.
    const atOnce = host.answered === undefined ? LIMIT : limit;
    const eachMs = Math.max(host.lastMs, this.#keptMs(name, nowMs)) / atOnce;
    const queueEndMs = Math.max(nowMs, host.queueEndMs) + Math.max(1, eachMs);
    host.queueEndMs = Math.min(queueEndMs, nowMs + MAX_WAIT_MS);
    return Math.round(Math.max(nowMs + MIN_WAIT_MS, host.queueEndMs));
  }

  #afterNamespace(namespace: string, nowMs: number): number {
    const lastMs = this.#againAtMs.get(namespace) ?? 0;
    const againAtMs = Math.min(Math.max(lastMs + APART_MS, nowMs + AGAIN_AFTER_MS), nowMs + MAX_WAIT_MS);
    this.#againAtMs.set(namespace, againAtMs);
    return againAtMs;
  }
}

/** How many of the attempts each namespace has. */
function byNamespace(attempts: Iterable<Attempt>): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { namespace } of attempts) counts.set(namespace, (counts.get(namespace) ?? 0) + 1);
  return counts;
}
