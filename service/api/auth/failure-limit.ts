import ipaddr from 'ipaddr.js';
import { LRUCache } from 'lru-cache';

/** Failures that a source may have at once, and the time after which it may have one more, ms. */
const BURST = 10;
const REFILL_MS = 6_000;
/** Characters of a source that is no address. */
const MAX_SOURCE = 64;
/** Sources that are remembered: those of the latest failures. */
const MAX_SOURCES = 10_000;

/** Counts credentials that were refused, by where they came from. */
export interface FailureLimit {
  /** Seconds until credentials from this source are looked at again; undefined: now. */
  blockedForS(source: string): number | undefined;
  failed(source: string): void;
  /** Takes one failure back: what counted as one while it was looked at was right. */
  forgiven(source: string): void;
}

/**
 * A bucket of ten failures for each source, which fills by one each six seconds. An IPv6 source is its /64, which is what
 * one machine has. Its memory is bounded: of more than ten thousand sources those without recent failures are forgotten.
 * @param nowMs a clock that only goes on.
 */
export function createFailureLimit(nowMs: () => number): FailureLimit {
  /** When the bucket of a source is full again. */
  const fullAtMs = new LRUCache<string, number>({ max: MAX_SOURCES });
  const spentMs = (source: string): number => Math.max(0, (fullAtMs.get(source) ?? 0) - nowMs());
  return {
    blockedForS(source) {
      const overMs = spentMs(placeOf(source)) - (BURST - 1) * REFILL_MS;
      return overMs > 0 ? Math.ceil(overMs / 1_000) : undefined;
    },
    failed(source) {
      const place = placeOf(source);
      fullAtMs.set(place, nowMs() + Math.min(spentMs(place) + REFILL_MS, BURST * REFILL_MS));
    },
    forgiven(source) {
      const place = placeOf(source);
      const spent = spentMs(place);
      if (spent > 0) fullAtMs.set(place, nowMs() + Math.max(0, spent - REFILL_MS));
    },
  };
}

/** An address with a port, which some proxies forward: another connection is no other source. */
const WITH_PORT = /^(?:\[([0-9A-Fa-f:.]+)\]|([0-9.]+))(?::\d{1,5})?$/;

/** The source that an address stands for. */
export function placeOf(forwarded: string): string {
  const [, ipv6, ipv4] = WITH_PORT.exec(forwarded) ?? [];
  const source = ipv6 ?? ipv4 ?? forwarded;
  // What a proxy forwards may be any text.
  if (!ipaddr.isValid(source)) return source.slice(0, MAX_SOURCE);
  const address = ipaddr.process(source);
  if (address instanceof ipaddr.IPv4) return address.toString();
  return `${address.parts.slice(0, 4).join(':')}/64`;
}
