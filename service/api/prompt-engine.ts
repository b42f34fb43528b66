import { isCompleted } from '../analysis/index.js';
import type { Engine } from '../engine/index.js';

/** Times of {@link promptEngine}, ms. */
export interface Patience {
  /** How long a request waits for an engine that has lost the connection to its store. */
  readonly awayMs: number;
  /** How long it waits for one that is connected and busy. */
  readonly busyMs: number;
}

const PATIENCE: Patience = { awayMs: 2_000, busyMs: 5_000 };
/** Time between looks at the connection while a request waits for a verdict, ms. */
const LOOK_MS = 500;

/** The engine did not answer in time. What it was asked for may still be done. */
export class EngineTimeoutError extends Error {
  override readonly name = 'EngineTimeoutError';
  /** `away`: the connection to the store of runs is lost; `busy`: it is there, and there is too much to do. */
  readonly why: 'away' | 'busy';

  constructor(why: 'away' | 'busy', afterMs: number) {
    super(`no answer within ${afterMs / 1_000} s`);
    this.why = why;
  }
}

/** What requests ask of an engine. */
type Asked =
  | 'create'
  | 'repeated'
  | 'get'
  | 'list'
  | 'terminate'
  | 'forget'
  | 'deliveries'
  | 'redeliver'
  | 'waitForCompletion';

/**
 * The engine for requests, whose clients had rather be told soon to come again than wait until Redis is back: whatever
 * takes too long rejects with {@link EngineTimeoutError}. What was asked for may still be done.
 */
export function promptEngine(engine: Engine, { awayMs, busyMs }: Patience = PATIENCE): Engine {
  const soon = async <Result>(work: Promise<Result>): Promise<Result> => {
    const first = await settled(work, awayMs);
    if (first !== LATE) return first;
    if (!engine.isConnected()) throw new EngineTimeoutError('away', awayMs);
    const last = await settled(work, busyMs - awayMs);
    if (last !== LATE) return last;
    throw new EngineTimeoutError(engine.isConnected() ? 'busy' : 'away', busyMs);
  };
  /** Waits as long as there is a connection. A moment without one is nothing: it is made again at once. */
  const whileConnected = async <Result>(work: Promise<Result>, timeoutMs: number): Promise<Result> => {
    let awayForMs = 0;
    for (let waitedMs = 0; waitedMs < timeoutMs; waitedMs += LOOK_MS) {
      const result = await settled(work, LOOK_MS);
      if (result !== LATE) return result;
      awayForMs = engine.isConnected() ? 0 : awayForMs + LOOK_MS;
      if (awayForMs >= awayMs) throw new EngineTimeoutError('away', awayForMs);
    }
    throw new EngineTimeoutError('busy', timeoutMs);
  };
  const prompt: Pick<Engine, Asked> = {
    create: (run, options) => soon(engine.create(run, options)),
    repeated: (options, run) => soon(engine.repeated(options, run)),
    get: (id) => soon(engine.get(id)),
    list: (query) => soon(engine.list(query)),
    terminate: (id) => soon(engine.terminate(id)),
    forget: (id) => soon(engine.forget(id)),
    deliveries: (id) => soon(engine.deliveries(id)),
    redeliver: (id, deliveryId) => soon(engine.redeliver(id, deliveryId)),
    async waitForCompletion(id, timeoutMs, signal) {
      // Whether there is the run, and anybody to ask, is known soon; only the verdict is worth waiting for.
      const run = await soon(engine.get(id));
      if (run === undefined || isCompleted(run.status?.phase ?? '')) return run;
      return whileConnected(engine.waitForCompletion(id, timeoutMs, signal), timeoutMs + busyMs);
    },
  };
  return { ...engine, ...prompt };
}

const LATE = Symbol('late');

/** The outcome of `work`, or {@link LATE} when it takes longer. */
async function settled<Result>(work: Promise<Result>, ms: number): Promise<Result | typeof LATE> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<typeof LATE>((resolve) => {
    timer = setTimeout(() => {
      resolve(LATE);
    }, ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
