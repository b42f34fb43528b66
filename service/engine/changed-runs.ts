import type { Cancel, Clock, Timers } from '../platform/index.js';
import type { ProgressPace } from './engine.js';
import type { RunStore } from './ports.js';

/** The listening to all runs broke off: changes may have been missed. Whoever wants to know all looks for itself. */
export class ChangesLostError extends Error {
  override readonly name = 'ChangesLostError';

  constructor() {
    super('changes of runs may have been missed: the connection to their store was lost');
  }
}

/** Time between looks at which runs it is the turn of, ms. */
const TURN_MS = 100;

/** What {@link changedRuns} needs. */
interface ChangedRunsDeps {
  readonly store: Pick<RunStore, 'watchAll'>;
  readonly clock: Clock;
  readonly timers: Timers;
}

/**
 * Ids of runs that have changed since this was called, until `signal` is aborted. A run that changes again before it was
 * taken is told of once, so that a slow reader costs one id a run.
 * @param pace undefined: everything is told at once.
 * @param isPassedOver runs that are not told of as long as they only go on.
 * @throws ChangesLostError when changes may have been missed.
 */
export async function* changedRuns(
  { store, clock, timers }: ChangedRunsDeps,
  signal: AbortSignal,
  pace?: ProgressPace,
  isPassedOver: (id: string) => boolean = () => false,
): AsyncGenerator<readonly string[]> {
  const changed = new Set<string>();
  const state: { lost: boolean; wake?: () => void } = { lost: false };
  const tell = (id: string): void => {
    changed.add(id);
    state.wake?.();
  };
  const later = pace === undefined ? undefined : new InTurn({ ...pace, clock, timers, tell });
  const notice = (id: string, progress: boolean): void => {
    if (progress && isPassedOver(id)) return;
    if (progress && later !== undefined) {
      if (!changed.has(id)) later.add(id);
      return;
    }
    later?.delete(id);
    tell(id);
  };
  const lose = (): void => {
    state.lost = true;
    state.wake?.();
  };
  const end = (): void => state.wake?.();
  signal.addEventListener('abort', end);
  try {
    const unwatch = await store.watchAll(notice, lose);
    try {
      // Whoever listens may ask now for what there was before: from here on nothing is missed.
      yield [];
      while (!signal.aborted) {
        if (state.lost) throw new ChangesLostError();
        if (changed.size > 0) {
          const ids = [...changed];
          changed.clear();
          yield ids;
          continue;
        }
        await new Promise<void>((resolve) => {
          state.wake = resolve;
        });
      }
    } finally {
      unwatch();
      later?.stop();
    }
  } finally {
    signal.removeEventListener('abort', end);
  }
}

interface InTurnOptions extends ProgressPace {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly tell: (id: string) => void;
}

/** Ids that are told after a time, those that wait longest first, and a few at a time. */
class InTurn {
  readonly #options: InTurnOptions;
  /** When each is to be told at the earliest, epoch ms: the first one first. */
  readonly #waiting = new Map<string, number>();
  #cancel: Cancel | undefined;

  constructor(options: InTurnOptions) {
    this.#options = options;
  }

  /** Has it told, unless it waits already. */
  add(id: string): void {
    const { clock, timers, afterMs } = this.#options;
    if (this.#waiting.has(id)) return;
    this.#waiting.set(id, clock.nowMs() + afterMs);
    this.#cancel ??= timers.set(this.#turn, Math.max(afterMs, TURN_MS));
  }

  delete(id: string): void {
    this.#waiting.delete(id);
  }

  stop(): void {
    this.#cancel?.();
    this.#waiting.clear();
  }

  readonly #turn = (): void => {
    const { clock, timers, perSecond, tell } = this.#options;
    const nowMs = clock.nowMs();
    let left = Math.ceil((perSecond * TURN_MS) / 1_000);
    for (const [id, atMs] of this.#waiting) {
      if (atMs > nowMs || left-- === 0) break;
      this.#waiting.delete(id);
      tell(id);
    }
    this.#cancel = this.#waiting.size === 0 ? undefined : timers.set(this.#turn, TURN_MS);
  };
}
