/** Timers, so that tests can move time. */
export interface Timers {
  /** Runs `action` once after `delayMs`; the result calls it off. */
  set(action: () => void, delayMs: number): () => void;
}

/** The longest time that a timer of the machine can wait, in ms; a longer one would be over at once. */
const LONGEST_MS = 2 ** 31 - 1;

/** The timers of the machine. */
export const systemTimers: Timers = {
  set(action, delayMs) {
    const timer = setTimeout(action, Math.min(delayMs, LONGEST_MS));
    return () => {
      clearTimeout(timer);
    };
  },
};

/** Resolves with `late` after `delayMs`, or with `aborted` when the signal says so first. */
export function pause(timers: Timers, delayMs: number, signal: AbortSignal): Promise<'late' | 'aborted'> {
  if (signal.aborted) return Promise.resolve('aborted');
  return new Promise((resolve) => {
    const stop = (): void => {
      cancel();
      resolve('aborted');
    };
    const cancel = timers.set(() => {
      signal.removeEventListener('abort', stop);
      resolve('late');
    }, delayMs);
    signal.addEventListener('abort', stop, { once: true });
  });
}
