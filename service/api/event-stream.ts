import { once } from 'node:events';
import type { Response } from 'express';

/** Times of a stream of events, ms. */
export interface StreamTimes {
  /** Time between comments that show proxies and clients that the connection is alive. Default 15 s. */
  readonly heartbeatMs?: number;
  /** Time after which a client that takes nothing is cut off. Default one minute. */
  readonly stalledMs?: number;
}

/** Milliseconds after which a browser whose connection broke comes again. */
const RETRY_MS = 2_000;

/** A server-sent event. `data` becomes JSON. */
export interface ServerSentEvent {
  readonly id: string;
  readonly event: string;
  readonly data: unknown;
}

/**
 * Answers with server-sent events until there are no more or the client is gone. An event is asked for when the one
 * before was taken: a slow client costs one event of memory, and one that takes nothing for a minute is cut off.
 * @param eventsUntil gives the events; its signal is aborted when nobody listens any more.
 */
export async function sendEvents(
  response: Response,
  eventsUntil: (gone: AbortSignal) => AsyncIterable<ServerSentEvent>,
  { heartbeatMs = 15_000, stalledMs = 60_000 }: StreamTimes = {},
): Promise<void> {
  const gone = new AbortController();
  response.on('close', () => {
    gone.abort();
  });
  let cut: NodeJS.Timeout | undefined;
  const write = (text: string): void => {
    if (response.write(text)) return;
    cut ??= setTimeout(() => {
      response.destroy();
    }, stalledMs);
  };
  response.on('drain', () => {
    clearTimeout(cut);
    cut = undefined;
  });
  const heartbeat = setInterval(() => {
    if (!response.writableNeedDrain) write(':\n\n');
  }, heartbeatMs);
  // nginx would collect the events otherwise.
  response.status(200).set('X-Accel-Buffering', 'no').type('text/event-stream');
  try {
    write(`retry: ${RETRY_MS}\n\n`);
    for await (const { id, event, data } of eventsUntil(gone.signal)) {
      if (gone.signal.aborted) break;
      write(`id: ${id}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
      if (response.writableNeedDrain) await drained(response, gone.signal);
    }
  } finally {
    clearInterval(heartbeat);
    // What is still on its way to a client that does not read must not hold the connection.
    if (cut !== undefined) await drained(response, gone.signal);
    clearTimeout(cut);
    response.end();
  }
}

async function drained(response: Response, gone: AbortSignal): Promise<void> {
  try {
    await once(response, 'drain', { signal: gone });
  } catch (error) {
    if (!gone.aborted) throw error;
  }
}
