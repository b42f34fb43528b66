/** What a piece of a stream of server-sent events had. */
export interface EventBatch {
  /** Id of the last event: a stream that is opened with it goes on after it. */
  readonly lastEventId?: string;
  /** Number of events; heartbeats are none. */
  readonly events: number;
}

/**
 * The events of a stream (https://html.spec.whatwg.org/multipage/server-sent-events.html), all that came in one piece at
 * once: of the events of this API it is enough to know that there were some. Heartbeats give a batch of none.
 */
export async function* eventBatches(body: AsyncIterable<Uint8Array>): AsyncGenerator<EventBatch> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const piece of body) {
    rest += decoder.decode(piece, { stream: true });
    // A \r at the end may be half a line break.
    const blocks = rest.replace(/\r\n|\r(?!$)/g, '\n').split('\n\n');
    rest = blocks.pop() ?? '';
    const events = blocks.map((block) => block.split('\n')).filter((lines) => lines.some(isData));
    const lastEventId = events.flatMap((lines) => lines.flatMap(idOf)).at(-1);
    yield { events: events.length, ...(lastEventId === undefined ? {} : { lastEventId }) };
  }
}

const isData = (line: string): boolean => line.startsWith('data:');

function idOf(line: string): readonly string[] {
  const id = /^id: ?(.*)$/.exec(line)?.[1];
  return id === undefined ? [] : [id];
}
