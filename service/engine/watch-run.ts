import type { RunStore, StoredRun } from './ports.js';
import type { Timers } from '../platform/index.js';

/**
 * A notification can get lost with a connection in spite of all; readers look for themselves this often, ms. Thousands of
 * them may wait in one process: each look costs as much as a notification.
 */
const LOOK_AGAIN_MS = 10_000;

/**
 * The states of a run, the present one first and then one after each change (changes in quick succession may be seen
 * as one), until the run is gone or `signal` is aborted: then at once, also while the store does not answer.
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
  let end: () => void = notice;
  const ended = new Promise<undefined>((resolve) => {
    end = () => {
      notice();
      resolve(undefined);
    };
  });
  signal.addEventListener('abort', end);
  if (signal.aborted) end();
  // Watching before loading: a change between the two is then seen as one more state and not lost.
  const watching = store.watch(id, notice);
  try {
    if ((await Promise.race([watching, ended])) === undefined) return;
    while (!signal.aborted) {
      changed = false;
      const run = await Promise.race([store.load(id), ended]);
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
    signal.removeEventListener('abort', end);
    // It may only begin later, when nobody is waiting for it any more; if it can not, there is nothing to end.
    watching.then(
      (unwatch) => {
        unwatch();
      },
      () => undefined,
    );
  }
}
