import type { Response } from 'express';

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
