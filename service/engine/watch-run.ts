import type { RunStore, StoredRun } from './ports.js';
import type { Timers } from './timers.js';

/** A notification can get lost with a connection; readers look for themselves this often, ms. */
const LOOK_AGAIN_MS = 2_000;

/**
 * The states of a run, the present one first and then one after each change (changes in quick succession may be seen
 * as one), until the run is gone or `signal` is aborted.
 */
export async function* watchRun(
  store: RunStore,
  timers: Timers,
  id: string,
  signal: AbortSignal,
): AsyncGenerator<StoredRun> {
  let changed = true;
  let wake: (() => void) | undefined;
  const notice = (): void => {
    changed = true;
    wake?.();
  };
  // Watching before loading: a change between the two is then seen as one more state and not lost.
  const unwatch = await store.watch(id, notice);
  signal.addEventListener('abort', notice);
  try {
    while (!signal.aborted) {
      changed = false;
      const run = await store.load(id);
      if (run === undefined) return;
      yield run;
      await new Promise<void>((resolve) => {
        const cancel = timers.set(notice, LOOK_AGAIN_MS);
        wake = () => {
          cancel();
          resolve();
        };
        if (changed || signal.aborted) wake();
      });
    }
  } finally {
    signal.removeEventListener('abort', notice);
    unwatch();
  }
}
