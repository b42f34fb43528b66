/** Cancels what was set. Calling it twice, or after the timer went off, does nothing. */
export type Cancel = () => void;

/** One-shot timers, so that tests can move time. */
export interface Timers {
  /** Calls `action` once after `delayMs`; zero or less: soon, but never before this returns. */
  set(action: () => void, delayMs: number): Cancel;
}

/** Longest delay that Node's timers know; a longer one would go off at once. */
const MAX_DELAY_MS = 2_147_483_647;

/** Node's timers. A delay beyond 24.8 days goes off early: callers look at the clock. */
export const systemTimers: Timers = {
  set(action, delayMs) {
    const timer = setTimeout(action, Math.min(Math.max(0, delayMs), MAX_DELAY_MS));
    return () => {
      clearTimeout(timer);
    };
  },
};

/** Resolves after `delayMs`, or at once when `signal` is or becomes aborted. */
export function pause(timers: Timers, delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve();
      return;
    }
    const done = (): void => {
      cancel();
      signal.removeEventListener('abort', done);
      resolve();
    };
    const cancel = timers.set(done, delayMs);
    signal.addEventListener('abort', done);
  });
}
