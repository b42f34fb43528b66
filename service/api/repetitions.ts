import { LRUCache } from 'lru-cache';
import type { AnalysisRun } from '../../schemas/index.js';
import type { CreateOptions, Engine } from '../engine/index.js';

type Created = Awaited<ReturnType<Engine['create']>>;

/** Starts that are remembered, the latest: whoever looked just before one was stored looks once more. */
const MAX_STARTS = 1_000;

/**
 * Answers requests that are repeated with their run, also while the first one is still on its way: a client that does not
 * wait for its answer, or many with one key, ask all at once.
 */
export function createRepetitions(engine: Pick<Engine, 'repeated'>) {
  /** By id or key, until when each is over, one way or another. */
  const starts = new LRUCache<string, Promise<void>>({ max: MAX_STARTS });
  return {
    /** The run that the same request has started; else what `start` makes of it, which may throw at once to refuse it. */
    async orStart(run: AnalysisRun, options: CreateOptions, start: () => Promise<Created>): Promise<Created> {
      const key = keyOf(options);
      const before = await engine.repeated(options, run);
      if (before !== undefined) return { created: false, run: before };
      const other = starts.get(key);
      if (other !== undefined) {
        await other;
        const after = await engine.repeated(options, run);
        if (after !== undefined) return { created: false, run: after };
        // It failed, as whoever asked first is told: this one is a start as any other.
      }
      // Nothing is awaited from the look on: of many at once only one comes here without finding another.
      const started = start();
      const over = (): void => undefined;
      starts.set(key, started.then(over, over));
      return started;
    },
  };
}

/** Keys of callers have the caller in them. */
const keyOf = ({ id, idempotencyKey }: CreateOptions): string => JSON.stringify([id, idempotencyKey]);
