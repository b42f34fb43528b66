import type { RunStore } from './ports.js';

/** The listening to all runs broke off: changes may have been missed. Whoever wants to know all looks for itself. */
export class ChangesLostError extends Error {
  override readonly name = 'ChangesLostError';

  constructor() {
    super('changes of runs may have been missed: the connection to their store was lost');
  }
}

/**
 * Ids of runs that have changed since this was called, until `signal` is aborted. A run that changes again before it was
 * taken is told of once, so that a slow reader costs one id a run.
 * @throws ChangesLostError when changes may have been missed.
 */
export async function* changedRuns(store: RunStore, signal: AbortSignal): AsyncGenerator<readonly string[]> {
  const changed = new Set<string>();
  const state: { lost: boolean; wake?: () => void } = { lost: false };
  const notice = (id: string): void => {
    changed.add(id);
    state.wake?.();
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
    }
  } finally {
    signal.removeEventListener('abort', end);
  }
}
