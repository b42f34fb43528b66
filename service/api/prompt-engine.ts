import type { Engine } from '../engine/index.js';

/** How long a request waits for the engine, ms. */
const PATIENCE_MS = 2_000;

/** The engine did not answer in time: its Redis is away or overwhelmed, or the question is too large. */
export class EngineTimeoutError extends Error {
  override readonly name = 'EngineTimeoutError';
}

/** What requests ask of an engine. */
type Asked =
  | 'create'
  | 'get'
  | 'list'
  | 'terminate'
  | 'forget'
  | 'deliveries'
  | 'redeliver'
  | 'waitForCompletion';

/**
 * The engine for requests, whose clients had rather be told soon to come again than wait until Redis is back: whatever
 * takes longer than two seconds rejects with {@link EngineTimeoutError}. What was asked for may still be done.
 */
export function promptEngine(engine: Engine, patienceMs: number = PATIENCE_MS): Engine {
  const soon = <Result>(work: Promise<Result>): Promise<Result> => within(work, patienceMs);
  const prompt: Pick<Engine, Asked> = {
    create: (run, options) => soon(engine.create(run, options)),
    get: (id) => soon(engine.get(id)),
    list: (query) => soon(engine.list(query)),
    terminate: (id) => soon(engine.terminate(id)),
    forget: (id) => soon(engine.forget(id)),
    deliveries: (id) => soon(engine.deliveries(id)),
    redeliver: (id, deliveryId) => soon(engine.redeliver(id, deliveryId)),
    async waitForCompletion(id, timeoutMs, signal) {
      // Whether there is the run, and anybody to ask, is known soon; only the verdict is worth waiting for.
      if ((await soon(engine.get(id))) === undefined) return undefined;
      return within(engine.waitForCompletion(id, timeoutMs, signal), timeoutMs + patienceMs);
    },
  };
  return { ...engine, ...prompt };
}

async function within<Result>(work: Promise<Result>, ms: number): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new EngineTimeoutError(`no answer within ${ms} ms`));
    }, ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
