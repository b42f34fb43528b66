import { once } from 'node:events';
import type { Response } from 'express';

/** Times of a stream of events, ms. */
export interface StreamTimes {
  /** Time between comments that show proxies and clients that the connection is alive. Default 15 s. */
  readonly heartbeatMs?: number;
  /** Time after which a client that takes nothing is cut off. Default one minute. */
  readonly stalledMs?: number;
  /** Time between looks whether the credentials of who reads a stream without an end still hold. Default 30 s. */
  readonly recheckMs?: number;
}

/** Milliseconds after which a browser whose connection broke comes again. */
const RETRY_MS = 2_000;

/** A server-sent event. `data` becomes JSON. */
export interface ServerSentEvent {
  readonly id: string;
  readonly event: string;
  readonly data: unknown;
}

/** What {@link sendEvents} sends. */
interface EventStream {
  /** The events, until the signal is aborted. */
  readonly eventsUntil: (over: AbortSignal) => AsyncIterable<ServerSentEvent>;
  /** Aborted when nobody listens any more or the process is ending. */
  readonly over: AbortSignal;
  readonly times?: StreamTimes;
}

/**
 * Answers with server-sent events until there are no more or the client is gone. An event is asked for when the one
 * before was taken: a slow client costs one event of memory, and one that takes nothing for a minute is cut off.
 * When the process is ending the stream ends in order, and the client comes again with the id of the last event.
 */
export async function sendEvents(
  response: Response,
  { eventsUntil, over, times: { heartbeatMs = 15_000, stalledMs = 60_000 } = {} }: EventStream,
): Promise<void> {
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
    for await (const { id, event, data } of eventsUntil(over)) {
      if (over.aborted) break;
      write(`id: ${id}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
      if (response.writableNeedDrain) await drained(response, over);
    }
  } finally {
    clearInterval(heartbeat);
    // What is still on its way to a client that does not read must not hold the connection.
    if (cut !== undefined) await drained(response, over);
    clearTimeout(cut);
    response.end();
  }
}

async function drained(response: Response, over: AbortSignal): Promise<void> {
  try {
    await once(response, 'drain', { signal: over });
  } catch (error) {
    if (!over.aborted) throw error;
  }
}
