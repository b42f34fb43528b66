import { Agent, get, type IncomingMessage } from 'node:http';

/** A stream of events that somebody reads. */
export interface EventStreamReader {
  /** What came so far. */
  text(): string;
  /** Resolves with all that came once the server has ended the stream. */
  readonly ended: Promise<string>;
  close(): void;
}

/** Opens a stream and resolves once its answer has begun. */
export async function openStream(url: string, agent: Agent): Promise<EventStreamReader> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    get(url, { agent }, resolve).on('error', reject);
  });
  if (response.statusCode !== 200) throw new Error(`${url} answered ${response.statusCode}`);
  let text = '';
  response.setEncoding('utf8');
  response.on('data', (chunk: string) => {
    text += chunk;
  });
  const ended = new Promise<string>((resolve, reject) => {
    response.on('end', () => {
      resolve(text);
    });
    response.on('error', reject);
  });
  // Whoever closes the stream does not wait for its end.
  ended.catch(() => undefined);
  return {
    text: () => text,
    ended,
    close() {
      response.destroy();
    },
  };
}

/** Opens `count` streams, some at a time. */
export async function openStreams(
  urlOf: (nth: number) => string,
  count: number,
): Promise<readonly EventStreamReader[]> {
  const agent = new Agent({ keepAlive: false, maxSockets: Number.POSITIVE_INFINITY });
  const streams: EventStreamReader[] = [];
  for (let from = 0; from < count; from += 100) {
    const next = Array.from({ length: Math.min(100, count - from) }, (_, nth) => from + nth);
    streams.push(...(await Promise.all(next.map((nth) => openStream(urlOf(nth), agent)))));
  }
  return streams;
}
