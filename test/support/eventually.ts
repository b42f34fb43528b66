import { setTimeout as delay } from 'node:timers/promises';

const POLL_MS = 25;

/**
 * Waits until `probe` gives something, and gives it on. What it throws counts as nothing yet.
 * @throws Error with the last reason when the deadline passes.
 */
export async function eventually<Result>(
  what: string,
  probe: () => Promise<Result | undefined> | Result | undefined,
  deadlineMs = 20_000,
): Promise<Result> {
  const end = Date.now() + deadlineMs;
  let reason: unknown;
  while (Date.now() < end) {
    try {
      const result = await probe();
      if (result !== undefined) return result;
    } catch (error) {
      reason = error;
    }
    await delay(POLL_MS);
  }
  throw new Error(`not within ${deadlineMs} ms: ${what}`, { cause: reason });
}
