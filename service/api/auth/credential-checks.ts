import { LRUCache } from 'lru-cache';
import type { Authenticate, Verdict } from './authenticator.js';
import { createFailureLimit, placeOf } from './failure-limit.js';
import { digestOf } from './known-tokens.js';

/** Credentials that were right before and are looked at whatever else comes from their address. */
const MAX_GOOD = 10_000;
/** Credentials of one address that may wait until it is known whether those before them are refused. */
const MAX_WAITING = 100;
/** Signed credentials of an address that are looked at in a second although others from there were refused. */
const SIGNED_PER_SECOND = 50;
/** Addresses whose signed credentials are counted. */
const MAX_PLACES = 10_000;

/** What became of a credential, or in how many seconds it is looked at. */
export type Checked = Verdict | { readonly kind: 'limited'; readonly forS: number };

/** Looks at a credential that came from an address. */
export type CheckCredential = (token: string, source: string) => Promise<Checked>;

/**
 * Looks at credentials, and no more at those of addresses from which too many were refused. One that is being looked at
 * counts as refused until it is known, so that guesses at one moment are no more than guesses one after the other; what
 * comes meanwhile waits. Whoever shares an address with somebody who guesses is not locked out with them: what was right
 * before is looked at, and what is signed by a trusted issuer, which nobody can guess, up to a rate.
 */
export function createCredentialChecks(authenticate: Authenticate, nowMs: () => number): CheckCredential {
  const failures = createFailureLimit(nowMs);
  const signed = createRate(nowMs);
  const good = new LRUCache<string, true>({ max: MAX_GOOD });
  /** By digest: the same one, sent several times at once, is one guess. */
  const going = new Map<string, Promise<Verdict>>();
  /** Those that count as refused as long as it is not known, by where they are from. */
  const reserved = new Map<string, Set<Promise<Verdict>>>();
  const waiting = new Map<string, number>();

  const look = async (token: string, digest: string): Promise<Verdict> => {
    const verdict = await authenticate(token);
    if (verdict.kind === 'accepted') good.set(digest, true);
    if (verdict.kind === 'refused') good.delete(digest);
    return verdict;
  };
  /** Looks at it while it counts as refused, which is taken back unless it is. */
  const lookReserved = async (token: string, digest: string, source: string): Promise<Verdict> => {
    failures.failed(source);
    let isRefused = false;
    try {
      const verdict = await look(token, digest);
      isRefused = verdict.kind === 'refused';
      return verdict;
    } finally {
      if (!isRefused) failures.forgiven(source);
    }
  };
  const lookFree = async (token: string, digest: string, source: string): Promise<Verdict> => {
    const verdict = await look(token, digest);
    if (verdict.kind === 'refused') failures.failed(source);
    return verdict;
  };
  const once = (digest: string, work: () => Promise<Verdict>): Promise<Verdict> => {
    const begun = work().finally(() => going.delete(digest));
    going.set(digest, begun);
    return begun;
  };
  /** Until one of those that count as refused is known; false: there is none to wait for, or too many wait. */
  const untilOneIsKnown = async (place: string): Promise<boolean> => {
    const before = reserved.get(place);
    const count = waiting.get(place) ?? 0;
    if (before === undefined || count >= MAX_WAITING) return false;
    waiting.set(place, count + 1);
    try {
      await Promise.race([...before].map((each) => each.catch(() => undefined)));
      return true;
    } finally {
      const left = (waiting.get(place) ?? 1) - 1;
      if (left === 0) waiting.delete(place);
      else waiting.set(place, left);
    }
  };
  const reserve = (token: string, digest: string, source: string, place: string): Promise<Verdict> => {
    const begun = once(digest, () => lookReserved(token, digest, source));
    const all = reserved.get(place) ?? new Set();
    reserved.set(place, all.add(begun));
    const known = (): void => {
      all.delete(begun);
      if (all.size === 0) reserved.delete(place);
    };
    begun.then(known, known);
    return begun;
  };

  return async (token, source) => {
    const digest = digestOf(token).toString('base64');
    const place = placeOf(source);
    if (good.has(digest)) return lookFree(token, digest, source);
    for (;;) {
      const same = going.get(digest);
      if (same !== undefined) return same;
      const forS = failures.blockedForS(source);
      if (forS === undefined) return reserve(token, digest, source, place);
      if (authenticate.isSigned?.(token) === true && signed.take(place))
        return once(digest, () => lookFree(token, digest, source));
      if (!(await untilOneIsKnown(place))) return { kind: 'limited', forS };
    }
  };
}

/** A bucket for each place, which fills in the course of a second. */
function createRate(nowMs: () => number) {
  const fullAtMs = new LRUCache<string, number>({ max: MAX_PLACES });
  return {
    take(place: string): boolean {
      const now = nowMs();
      const after = Math.max(now, fullAtMs.get(place) ?? now) + 1_000 / SIGNED_PER_SECOND;
      if (after - now > 1_000) return false;
      fullAtMs.set(place, after);
      return true;
    },
  };
}
