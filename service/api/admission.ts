import type { Engine } from '../engine/index.js';
import type { Log, Metrics } from '../platform/index.js';
import { LRUCache } from 'lru-cache';
import { DEFAULT_NAMESPACE } from './auth/index.js';
import { RequestError } from './request-error.js';

/** Limits on what is taken on. */
export interface StartLimits {
  /** Runs that may be started in one second in one namespace, at this process. Default: any number. */
  readonly maxStartsPerSecond?: number;
  /** Measurements that are late, from which no more runs are taken on. Default: any number. */
  readonly maxOverdue?: number;
}

/** What {@link admitting} needs. */
export interface AdmissionDeps {
  readonly limits?: StartLimits;
  readonly metrics: Pick<Metrics, 'runRefused'>;
  readonly log: Log;
  /** A clock that only goes on, ms. */
  readonly nowMs: () => number;
}

/** Namespaces whose rate is remembered: those that started runs last. */
const MAX_NAMESPACES = 10_000;
/** Time between looks at how many measurements are late, ms. */
const LOOK_MS = 1_000;
/** Seconds after which a refused caller may try again. */
const RETRY_RATE_S = 1;
const RETRY_BEHIND_S = 5;

/**
 * The engine, which takes no more runs on than it can measure in time: a caller that comes again later is better off than one
 * whose run is accepted and late. What goes on already is not touched.
 *
 * `create` rejects with `RequestError` (429: too many in the namespace within a second; 503: measurements are late).
 */
export function admitting<Limited extends Pick<Engine, 'create' | 'queueDepth'>>(
  engine: Limited,
  { limits: { maxStartsPerSecond, maxOverdue } = {}, metrics, log, nowMs }: AdmissionDeps,
): Limited {
  const rates = createRates(maxStartsPerSecond, nowMs);
  const isBehind = createLateness(engine, { maxOverdue, log, nowMs });
  const create: Engine['create'] = (run, options) => {
    const namespace = run.metadata?.namespace || DEFAULT_NAMESPACE;
    if (isBehind()) {
      metrics.runRefused('behind');
      throw new RequestError(
        503,
        `more than ${maxOverdue ?? 0} measurements are late, so that no more runs are taken on: try again`,
        { retryAfterS: RETRY_BEHIND_S },
      );
    }
    if (!rates.take(namespace)) {
      metrics.runRefused('rate');
      throw new RequestError(
        429,
        `${maxStartsPerSecond ?? 0} runs of the namespace ${JSON.stringify(namespace)} were started within a second, which is as many as may: try again`,
        { retryAfterS: RETRY_RATE_S },
      );
    }
    return engine.create(run, options);
  };
  return { ...engine, create: async (run, options) => create(run, options) };
}

/** A bucket for each namespace: as many runs as may be started in a second, which come back in the course of one. */
function createRates(perSecond: number | undefined, nowMs: () => number) {
  const buckets = new LRUCache<string, { readonly left: number; readonly atMs: number }>({
    max: MAX_NAMESPACES,
  });
  return {
    take(namespace: string): boolean {
      if (perSecond === undefined) return true;
      const now = nowMs();
      const { left, atMs } = buckets.get(namespace) ?? { left: perSecond, atMs: now };
      const filled = Math.min(perSecond, left + ((now - atMs) / 1_000) * perSecond);
      const isLeft = filled >= 1;
      buckets.set(namespace, { left: isLeft ? filled - 1 : filled, atMs: now });
      return isLeft;
    },
  };
}

/** Whether measurements are too late, as it was a second ago: nobody waits for the answer. */
function createLateness(
  engine: Pick<Engine, 'queueDepth'>,
  {
    maxOverdue,
    log,
    nowMs,
  }: { readonly maxOverdue: number | undefined; readonly log: Log; readonly nowMs: () => number },
): () => boolean {
  let overdue = 0;
  let lookedAtMs = -Infinity;
  let looking: Promise<void> | undefined;
  const look = async (): Promise<void> => {
    try {
      ({ overdue } = await engine.queueDepth());
    } catch (error) {
      // Whether a run can be stored is told by storing it.
      overdue = 0;
      log.debug({ err: error }, 'how many measurements are late is not known');
    } finally {
      looking = undefined;
    }
  };
  return () => {
    if (maxOverdue === undefined) return false;
    if (looking === undefined && nowMs() - lookedAtMs >= LOOK_MS) {
      lookedAtMs = nowMs();
      looking = look();
    }
    return overdue >= maxOverdue;
  };
}
