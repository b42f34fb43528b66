import { once } from 'node:events';
import { createServer, get, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createApi } from '../../service/api/index.js';
import { createMemoryEngine, type Engine, type RunEvent } from '../../service/engine/index.js';
import { createLog, createMetrics } from '../../service/platform/index.js';
import { measurement, metric, realDeps, runOf, scripted } from '../engine/fixtures.js';
import { notAsked } from './fixtures.js';
import { eventually } from '../support/eventually.js';

const log = createLog({ level: 'silent' });
const metrics = createMetrics({ version: '1.2.3', nodeMetrics: false });
const twice = runOf([metric('good', { count: 2, interval: '20ms' })]);
const endless = runOf([metric('good', { interval: '1h' })]);

let engine: Engine;
let server: Server;
let base: string;

async function serve(over: Engine): Promise<void> {
  server = createServer(
    createApi({
      engine: over,
      metrics,
      log,
      measureOnce: notAsked,
      streams: { heartbeatMs: 20, stalledMs: 50 },
    }),
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  base = `http://127.0.0.1:${port}/v1/analysisruns`;
}

beforeEach(async () => {
  engine = createMemoryEngine(realDeps(scripted(() => 'Successful').measure).deps);
  await engine.start();
  await serve(engine);
});
afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await engine.stop();
});

/** Events of a text, `id` and kind of each. */
const eventsOf = (text: string): string[] =>
  [...text.matchAll(/^id: (.*)\nevent: (.*)$/gm)].map(([, id, kind]) => `${id} ${kind}`);

async function read(path: string, headers: Record<string, string> = {}) {
  const answer = await fetch(`${base}${path}`, { headers });
  return { status: answer.status, type: answer.headers.get('content-type'), text: await answer.text() };
}

async function open(path: string): Promise<IncomingMessage> {
  const [response] = (await once(get(`${base}${path}`), 'response')) as [IncomingMessage];
  return response;
}

describe('the events of a run', () => {
  it('tell its measurements, ended metrics and verdict, and then the stream ends', async () => {
    await engine.create(twice, { id: 'one' });
    const { status, type, text } = await read('/one/events');
    expect([status, type]).toEqual([200, 'text/event-stream; charset=utf-8']);
    expect(eventsOf(text)).toEqual(['1 measurement', '2 measurement', '2e metric', 'verdict verdict']);
    expect(text.startsWith('retry: 2000\n\n')).toBe(true);
    const [first, , , last] = [...text.matchAll(/^data: (.*)$/gm)].map(([, data]): unknown =>
      JSON.parse(data ?? ''),
    );
    expect(first).toMatchObject({ metric: 'good', measurement: { phase: 'Successful' } });
    expect(last).toMatchObject({ metadata: { uid: 'one' }, status: { verdict: 'promote' } });
  });

  it('go on after the event that a client saw last, as told by the header before the query', async () => {
    await engine.create(twice, { id: 'one' });
    await engine.waitForCompletion('one', 10_000);
    const rest = ['2 measurement', '2e metric', 'verdict verdict'];
    expect(eventsOf((await read('/one/events?lastEventId=1')).text)).toEqual(rest);
    const { text } = await read('/one/events?lastEventId=1', { 'Last-Event-ID': '2e' });
    expect(eventsOf(text)).toEqual(['verdict verdict']);
  });

  it('are no more after the verdict, which tells browsers not to come again', async () => {
    await engine.create(twice, { id: 'one' });
    expect((await read('/one/events', { 'Last-Event-ID': 'verdict' })).status).toBe(204);
  });

  it('are 404 as a problem when there is no such run', async () => {
    const { status, type } = await read('/none/events');
    expect([status, type]).toEqual([404, 'application/problem+json; charset=utf-8']);
    expect((await read('/none/events?lastEventID=1')).status).toBe(400);
  });

  it('come with comments while nothing happens', async () => {
    await engine.create(endless, { id: 'slow' });
    const response = await open('/slow/events');
    let text = '';
    for await (const chunk of response) {
      text += String(chunk);
      if (text.split('\n:\n').length > 2) break;
    }
    expect(text).toContain('\n:\n\n:\n');
  });

  it('end when the run is forgotten', async () => {
    await engine.create(endless, { id: 'slow' });
    const response = await open('/slow/events');
    await engine.forget('slow');
    let text = '';
    for await (const chunk of response) text += String(chunk);
    expect(eventsOf(text)).not.toContain('verdict verdict');
  });
});

describe('a client of events', () => {
  /** An engine with a run whose measurements never end, as large as given. */
  function flooding(bytes: number): {
    readonly seen: { events: number; ended: boolean };
    readonly flood: Engine;
  } {
    const seen = { events: 0, ended: false };
    const event: RunEvent = {
      kind: 'measurement',
      id: '1',
      metric: 'm',
      measurement: measurement('Successful', 0, { value: 'x'.repeat(bytes) }),
    };
    async function* events(_id: string, _after: string | undefined, signal: AbortSignal) {
      try {
        while (!signal.aborted) {
          seen.events += 1;
          yield event;
          await new Promise(setImmediate);
        }
      } finally {
        seen.ended = true;
      }
    }
    return { seen, flood: { ...engine, get: () => Promise.resolve(twice), events } };
  }

  it('that goes away ends what was done for it', async () => {
    const { seen, flood } = flooding(10);
    server.close();
    await serve(flood);
    const response = await open('/any/events');
    await once(response, 'data');
    response.destroy();
    await eventually('the events are let go of', () => (seen.ended ? true : undefined));
  });

  it('that reads nothing is not written to without end, and is cut off', async () => {
    const { seen, flood } = flooding(1024 * 1024);
    server.close();
    await serve(flood);
    const response = await open('/any/events');
    response.pause();
    await eventually('the events are let go of', () => (seen.ended ? true : undefined));
    expect(seen.events).toBeLessThan(50);
    response.on('error', () => undefined);
    response.resume();
    await eventually('the connection is closed', () => (response.destroyed ? true : undefined));
    expect(response.complete).toBe(false);
  });
});
