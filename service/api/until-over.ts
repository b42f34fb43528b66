import type { Request, Response } from 'express';
import { stillHolds } from './auth/index.js';

/**
 * Aborted when there is nobody to answer any more, or when the process is ending (`stopping`): whoever waits is then told
 * how it stands and not cut off.
 */
export function untilOver(response: Response, stopping: AbortSignal | undefined): AbortSignal {
  const over = new AbortController();
  const end = (): void => {
    over.abort();
  };
  response.on('close', end);
  if (stopping?.aborted === true) end();
  // Let go of with the request: `stopping` lives as long as the process.
  else stopping?.addEventListener('abort', end, { once: true, signal: over.signal });
  return over.signal;
}

/** Aborted with `over`, and when the credentials that the request came with do not hold any more. */
export function whileHeld(request: Request, over: AbortSignal, recheckMs = 30_000): AbortSignal {
  if (over.aborted) return over;
  const ended = new AbortController();
  const recheck = setInterval(() => {
    stillHolds(request).then((holds) => {
      if (!holds) end();
    }, end);
  }, recheckMs);
  const end = (): void => {
    clearInterval(recheck);
    ended.abort();
  };
  over.addEventListener('abort', end, { once: true });
  return ended.signal;
}
