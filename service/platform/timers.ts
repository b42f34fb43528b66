/** Calls off what was set. Calling it twice, or after the timer went off, does nothing. */
export type Cancel = () => void;

/** One-shot timers, so that tests can move time. */
export interface Timers {
  /** Calls `action` once after `delayMs`; zero or less: soon, but never before this returns. */
  set(action: () => void, delayMs: number): Cancel;
}

/** The longest time that a timer of the machine can wait, in ms: 24.8 days. A longer one would be over at once. */
export const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The timers of the machine. A delay beyond {@link LONGEST_TIMER_MS} goes off early: callers look at the clock. */
export const systemTimers: Timers = {
  set(action, delayMs) {
    const timer = setTimeout(action, Math.min(Math.max(0, delayMs), LONGEST_TIMER_MS));
    return () => {
      clearTimeout(timer);
    };
  },
};

/** Resolves with `late` after `delayMs`, or with `aborted` as soon as `signal` is. Never rejects. */
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
