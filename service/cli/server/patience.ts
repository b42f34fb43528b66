import { setTimeout as sleep } from 'node:timers/promises';
import { ServerError } from './server-error.js';

/** How long to wait for a server that is away. */
export interface Patience {
  /** Time after which a server that does not answer is given up, ms. */
  readonly outageMs: number;
  /** Time before the first new attempt, ms; doubled up to ten times that. */
  readonly retryMs: number;
  /** Whether a failure may pass. */
  readonly isPassing: (error: ServerError) => boolean;
  /** Told once when it is away, and once when it is back. */
  readonly onAway?: (error: ServerError) => void;
  readonly onBack?: () => void;
}

/**
 * What `ask` answers, asked again while the server is away or busy.
 * @throws ServerError the last one, when it does not pass or the patience is at its end; the reason of an aborted signal.
 */
export async function patiently<Answer>(
  ask: () => Promise<Answer>,
  { outageMs, retryMs, isPassing, onAway, onBack }: Patience,
  signal: AbortSignal,
): Promise<Answer> {
  const deadline = performance.now() + outageMs;
  for (let attempt = 0; ; attempt++) {
    try {
      const answer = await ask();
      if (attempt > 0) onBack?.();
      return answer;
    } catch (error) {
      if (!(error instanceof ServerError) || !isPassing(error)) throw error;
      // Half of it at random: all that lost one server at once must not come back at once.
      const delayMs = retryMs * Math.min(10, 2 ** attempt) * (0.5 + Math.random() / 2);
      if (performance.now() + delayMs > deadline) throw error;
      if (attempt === 0) onAway?.(error);
      await sleep(delayMs, undefined, { signal });
    }
  }
}
