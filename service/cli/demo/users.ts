import type { LoopbackClient } from './loopback.js';
import { VERSION_HEADER } from './sample-service.js';

/** What users got. */
export interface Experience {
  readonly requests: number;
  /** Ended in a server error, or without an answer. */
  readonly failed: number;
  /** Answered well, but later than {@link SLOW_MS}. */
  readonly slow: number;
}

/** What users got of each version. What got no answer is counted for the version ''. */
export type Experiences = ReadonlyMap<string, Experience>;

/** Users who go on sending requests. */
export interface Users {
  /** What they got since the last call of {@link Users.countAnew}. */
  readonly experiences: () => Experiences;
  /** Begins to count at zero. */
  countAnew(): void;
  /** Sends no more, and waits for what is on the way. */
  stop(): Promise<void>;
}

/** Users call an answer that takes longer slow, in ms. */
export const SLOW_MS = 350;
/** Users give up after this time, in ms. */
const PATIENCE_MS = 10_000;
/** How often requests are sent, in ms. */
const TICK_MS = 10;
/** After a standstill of the process at most this much of it is made up for, in ms: users do not come all at once. */
const MAX_MADE_UP_MS = 100;

const NOTHING: Experience = { requests: 0, failed: 0, slow: 0 };

/** Sends `perSecond` requests a second to `url`, whether or not the ones before are answered. */
export function startUsers(url: string, perSecond: number, client: LoopbackClient): Users {
  let counts = new Map<string, Experience>();
  const onTheWay = new Set<Promise<void>>();
  let owed = 0;
  let lastMs = performance.now();

  const visit = async (): Promise<void> => {
    const startedAt = performance.now();
    let version = '';
    let failed = true;
    try {
      const { status, headers } = await client.send(url, { timeoutMs: PATIENCE_MS });
      version = String(headers[VERSION_HEADER] ?? '');
      failed = status >= 500;
    } catch {
      // Without an answer: that is what is counted.
    }
    const slow = !failed && performance.now() - startedAt > SLOW_MS;
    const { requests, failed: failures, slow: delays } = counts.get(version) ?? NOTHING;
    counts.set(version, {
      requests: requests + 1,
      failed: failures + Number(failed),
      slow: delays + Number(slow),
    });
  };
  const timer = setInterval(() => {
    const nowMs = performance.now();
    owed += (Math.min(nowMs - lastMs, MAX_MADE_UP_MS) * perSecond) / 1_000;
    lastMs = nowMs;
    for (; owed >= 1; owed--) {
      const visiting = visit();
      onTheWay.add(visiting);
      void visiting.finally(() => onTheWay.delete(visiting));
    }
  }, TICK_MS);
  return {
    experiences: () => new Map(counts),
    countAnew() {
      counts = new Map();
    },
    async stop() {
      clearInterval(timer);
      await Promise.all(onTheWay);
    },
  };
}

/** What all of them got together. */
export function inTotal(experiences: Experiences): Experience {
  let total = NOTHING;
  for (const { requests, failed, slow } of experiences.values())
    total = {
      requests: total.requests + requests,
      failed: total.failed + failed,
      slow: total.slow + slow,
    };
  return total;
}
