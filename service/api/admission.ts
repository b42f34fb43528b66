import type { CreateOptions, Engine } from '../engine/index.js';
import type { Log, Metrics } from '../platform/index.js';
import { LRUCache } from 'lru-cache';
import { DEFAULT_NAMESPACE } from './auth/index.js';
import { createRepetitions } from './repetitions.js';
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
/** Repetitions of requests that are answered in one second, to one run that may be started, and at least: each is a look at the store. */
const REPETITIONS_PER_START = 20;
const LEAST_REPETITIONS = 100;

/**
 * The engine, which takes no more runs on than it can measure in time: a caller that comes again later is better off than one
 * whose run is accepted and late. What goes on already is not touched.
 *
 * A repetition of a request whose run is there takes nothing on: it is answered with the run, however many were started.
 *
 * `create` rejects with `RequestError` (429: too many in the namespace within a second; 503: measurements are late).
 */
export function admitting<Limited extends Pick<Engine, 'create' | 'repeated' | 'queueDepth'>>(
  engine: Limited,
  { limits: { maxStartsPerSecond, maxOverdue } = {}, metrics, log, nowMs }: AdmissionDeps,
): Limited {
  const rates = createRates(maxStartsPerSecond, nowMs);
  const repetitionRates = createRates(
    maxStartsPerSecond && Math.max(LEAST_REPETITIONS, maxStartsPerSecond * REPETITIONS_PER_START),
    nowMs,
  );
  const repetitions = createRepetitions(engine);
  const isBehind = createLateness(engine, { maxOverdue, log, nowMs });
  const refuse = (reason: 'behind' | 'rate', refusal: RequestError): never => {
    metrics.runRefused(reason);
    throw refusal;
  };
  const tooMany = (namespace: string, what: string, limit: number): never =>
    refuse(
      'rate',
      new RequestError(
        429,
        `${limit} runs of the namespace ${JSON.stringify(namespace)} were ${what} within a second, which is as many as may: try again`,
        { retryAfterS: RETRY_RATE_S },
      ),
    );
  const create: Engine['create'] = async (run, asked = {}) => {
    // It is looked up to three times for the run, and the archive may have nothing to say each time.
    const options: CreateOptions = { ...asked, archiveAnswer: {} };
    const namespace = run.metadata?.namespace || DEFAULT_NAMESPACE;
    const behind = isBehind();
    const start: () => ReturnType<Engine['create']> = () => {
      if (behind)
        refuse(
          'behind',
          new RequestError(
            503,
            `more than ${maxOverdue ?? 0} measurements are late, so that no more runs are taken on: try again`,
            { retryAfterS: RETRY_BEHIND_S },
          ),
        );
      if (!rates.take(namespace)) tooMany(namespace, 'started', rates.perSecond);
      return engine.create(run, options);
    };
    // Elsewhere the engine itself sees whether the run is there: no start looks twice for want of a limit.
    if (!isRepeatable(options) || (!behind && maxStartsPerSecond === undefined)) return start();
    if (!repetitionRates.take(namespace)) tooMany(namespace, 'asked for', repetitionRates.perSecond);
    return repetitions.orStart(run, options, start);
  };
  return { ...engine, create };
}

/** A request that comes again has the same run. */
const isRepeatable = ({ id, idempotencyKey }: CreateOptions): boolean =>
  id !== undefined || idempotencyKey !== undefined;

/** A bucket for each namespace: as many runs as may be started in a second, which come back in the course of one. */
function createRates(perSecond: number | undefined, nowMs: () => number) {
  const buckets = new LRUCache<string, { readonly left: number; readonly atMs: number }>({
    max: MAX_NAMESPACES,
  });
  return {
    perSecond: perSecond ?? 0,
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
