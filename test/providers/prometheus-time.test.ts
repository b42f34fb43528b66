import { afterAll, beforeAll, expect, it } from 'vitest';
import { createResilientClient, type HttpClient } from '../../service/providers/index.js';
import { systemClock } from '../../service/platform/index.js';
import { type RecordingServer, startRecordingServer } from '../support/recording-server.js';
import { measureOnce, openClient } from './measure.js';

const DUE_MS = Date.UTC(2024, 4, 1, 12);
const ANSWER =
  '{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1,"0.5"]}]}}';
let server: RecordingServer;
let http: HttpClient;
beforeAll(async () => {
  server = await startRecordingServer();
  http = createResilientClient({ http: openClient(), clock: systemClock });
});
afterAll(async () => {
  http.close();
  await server.close();
});

/** Measures so many ms after it was due. */
const measure = (lateMs: number, rangeQuery?: { start: string; end: string; step: string }) =>
  measureOnce(
    {
      provider: {
        prometheus: { address: server.url, query: 'up', ...(rangeQuery === undefined ? {} : { rangeQuery }) },
      },
    },
    http,
    { clock: { nowMs: () => DUE_MS + lateMs }, dueAtMs: DUE_MS },
  );
const times = () => server.requests.map(({ body }) => new URLSearchParams(body).get('time'));

it('sends the equal queries of one due time once, however late each is begun', async () => {
  server.answer(() => ({ body: ANSWER }));
  const measured = await Promise.all([0, 3, 40, 999].map((lateMs) => measure(lateMs)));
  expect(measured.map(({ phase }) => phase)).toEqual(Array(4).fill('Successful'));
  expect(times()).toEqual([String(DUE_MS / 1_000)]);
});

it.each([
  [1_000, DUE_MS + 1_000],
  [60_000, DUE_MS + 60_000],
  [-5, DUE_MS - 5],
])('asks about now when it is %d ms after the due time', async (lateMs, askedMs) => {
  server.answer(() => ({ body: ANSWER }));
  await measure(lateMs);
  expect(times()).toEqual([String(askedMs / 1_000)]);
});

it('ends ranges at the due time', async () => {
  server.answer(() => ({
    body: ANSWER.replace('vector', 'matrix').replace('"value":[1,"0.5"]', '"values":[[1,"0.5"]]'),
  }));
  await measure(20, { start: 'now() - duration("1m")', end: 'now()', step: '10s' });
  const [request] = server.requests;
  expect(new URLSearchParams(request?.body).get('end')).toBe(String(DUE_MS / 1_000));
});
