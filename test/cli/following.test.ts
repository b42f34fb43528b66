import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { runTable } from '../../service/cli/output/run-table.js';
import { colorsWhen } from '../../service/cli/phase-style.js';
import { textWidth } from '../../service/cli/printable.js';
import type { EventBatch } from '../../service/cli/server/events.js';
import { eventBatches } from '../../service/cli/server/events.js';
import { type Occasion, occasions } from '../../service/cli/server/occasions.js';
import { patiently } from '../../service/cli/server/patience.js';
import { ServerError } from '../../service/cli/server/server-error.js';
import { runOf } from './fixtures/runs.js';

const never = new AbortController().signal;
/** No stream is taken for broken in the time of a test, unless the test wants it. */
const TIMES = { pollMs: 7, beginMs: 60_000, silenceMs: 60_000, reopenMs: 1 };

/** The first occasions of streams that are opened one after the other; each is told after which event. */
async function firstOccasions(
  count: number,
  open: (nth: number, after: string | undefined, signal: AbortSignal) => AsyncIterable<EventBatch>,
  times: Partial<typeof TIMES> = {},
) {
  const stopping = new AbortController();
  const opened: (string | undefined)[] = [];
  const client = {
    events: (_id: string, after: string | undefined, signal: AbortSignal) => {
      opened.push(after);
      return open(opened.length, after, signal);
    },
  };
  const seen: Occasion[] = [];
  for await (const occasion of occasions(client, 'x', { ...TIMES, ...times }, stopping.signal)) {
    seen.push(occasion);
    if (seen.length === count) break;
  }
  stopping.abort();
  return { seen, opened };
}

describe('the times to look at a run', () => {
  it('are those of its events, not of heartbeats, and a stream that ended goes on after its last event', async () => {
    const { seen, opened } = await firstOccasions(3, async function* () {
      yield await Promise.resolve({ events: 0 });
      yield { events: 2, lastEventId: '2' };
    });
    expect(seen).toEqual([{}, {}, {}]);
    expect(opened).toEqual([undefined, '2']);
  });

  it('come with a wait where there is no stream', async () => {
    const { seen, opened } = await firstOccasions(3, () => {
      throw new ServerError('no such place', { status: 404 });
    });
    expect(seen).toEqual([{}, { waitMs: 7 }, { waitMs: 7 }]);
    expect(opened).toHaveLength(1);
  });

  it('come with a wait behind a proxy that collects a stream and sends nothing on', async () => {
    const { seen, opened } = await firstOccasions(
      2,
      async function* (_nth, _after, signal) {
        await once(signal, 'abort');
        signal.throwIfAborted();
        yield { events: 1 };
      },
      { beginMs: 20 },
    );
    expect(seen).toEqual([{}, { waitMs: 7 }]);
    expect(opened).toHaveLength(1);
  });

  it('come again from a stream that fell silent or broke', async () => {
    const { seen, opened } = await firstOccasions(
      4,
      async function* (nth, _after, signal) {
        yield { events: 1, lastEventId: String(nth) };
        if (nth > 1) throw new TypeError('terminated');
        await once(signal, 'abort');
        signal.throwIfAborted();
      },
      { silenceMs: 20 },
    );
    expect(seen).toEqual([{}, {}, {}, {}]);
    expect(opened.slice(0, 2)).toEqual([undefined, '1']);
  });
});

describe('a stream of events', () => {
  async function batches(...pieces: readonly string[]): Promise<EventBatch[]> {
    async function* body() {
      for (const piece of pieces) yield await Promise.resolve(new TextEncoder().encode(piece));
    }
    const read: EventBatch[] = [];
    for await (const batch of eventBatches(body())) read.push(batch);
    return read;
  }

  it('is read whatever way it is cut, and heartbeats are no events', async () => {
    expect(await batches('retry: 2000\n\n', 'id: 1\nevent: me', 'tric\ndata: {}\n', '\n:\n\n')).toEqual([
      { events: 0 },
      { events: 0 },
      { events: 0 },
      { events: 1, lastEventId: '1' },
    ]);
  });

  it('gives all events of a piece at once, with the id of the last', async () => {
    expect(await batches('id: 1\ndata: a\n\nid:2e.0\ndata: b\n\n')).toEqual([
      { events: 2, lastEventId: '2e.0' },
    ]);
  });

  it('may have the line breaks of Windows, in halves too', async () => {
    const read = await batches('id: 1\r', '\ndata: a\r\n\r\n', 'id: 2\ndata: b\n\n');
    expect(read.map(({ events }) => events).reduce((sum, events) => sum + events)).toBe(2);
    expect(read.at(-1)).toEqual({ events: 1, lastEventId: '2' });
  });
});

describe('waiting for a server that is away', () => {
  const away = new ServerError('away', { passing: true });
  const patience = { retryMs: 1, isPassing: ({ passing }: ServerError) => passing };

  it('tells once that it is away, and once that it is back', async () => {
    const told: string[] = [];
    let asked = 0;
    const answer = await patiently(
      () => (++asked < 4 ? Promise.reject(away) : Promise.resolve('answer')),
      {
        ...patience,
        outageMs: 10_000,
        onAway: ({ message }) => told.push(message),
        onBack: () => told.push('back'),
      },
      never,
    );
    expect({ answer, asked, told }).toEqual({ answer: 'answer', asked: 4, told: ['away', 'back'] });
  });

  it('ends with the last failure when the patience is at its end, and at once with one that does not pass', async () => {
    await expect(patiently(() => Promise.reject(away), { ...patience, outageMs: 5 }, never)).rejects.toBe(
      away,
    );
    const refused = new ServerError('refused', { status: 403 });
    let asked = 0;
    const outcome = patiently(
      () => {
        asked++;
        return Promise.reject(refused);
      },
      { ...patience, outageMs: 10_000 },
      never,
    );
    await expect(outcome).rejects.toBe(refused);
    expect(asked).toBe(1);
  });
});

describe('the table of runs', () => {
  const run = runOf({ phase: 'Failed', verdict: 'rollback', message: 'a long message '.repeat(10) }, []);
  const table = (columns: number) =>
    runTable([run], { columns, nowMs: Date.parse(run.status?.startedAt ?? '') + 90_000 }, colorsWhen(false));

  it('shows everything where there is room', () => {
    expect(table(Infinity)).toContain('a long message '.repeat(10).trim());
    expect(table(Infinity)).toMatch(/✖ Failed +rollback +1 min 30 s ago/);
  });

  it.each([60, 80, 120])('is not wider than a terminal of %i columns, and cuts no id', (columns) => {
    for (const line of table(columns).split('\n')) expect(textWidth(line)).toBeLessThan(columns);
    expect(table(columns)).toContain(run.metadata?.uid);
  });
});
