/** Timers, so that tests can move time. */
export interface Timers {
  /** Runs `action` once after `delayMs`; the result calls it off. */
  set(action: () => void, delayMs: number): () => void;
}

/** The timers of the machine. */
export const systemTimers: Timers = {
  set(action, delayMs) {
    const timer = setTimeout(action, delayMs);
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
