import { afterAll, beforeAll, expect, it } from 'vitest';
import { createResilientClient, type HttpClient } from '../../../service/providers/index.js';
import { systemClock } from '../../../service/platform/index.js';
import { type RecordingServer, startRecordingServer } from '../../support/recording-server.js';
import { measureOnce, openClient } from '../measure.js';

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

it('fifty equal measurements of prometheus at one time are one request, and another query is its own', async () => {
  server.answer([
    { body: '{"status":"success","data":{"resultType":"scalar","result":[1,"0.5"]}}', delayMs: 100 },
  ]);
  const measure = (query: string) =>
    measureOnce(
      { provider: { prometheus: { address: server.url, query } }, successCondition: 'result < 1' },
      http,
    );
  const taken = await Promise.all([
    ...Array.from({ length: 50 }, () => measure('equal')),
    measure('different'),
  ]);
  expect(taken.map(({ phase, value }) => `${phase} ${value ?? ''}`)).toEqual(
    Array.from({ length: 51 }, () => 'Successful 0.5'),
  );
  expect(server.requests.map(({ body }) => new URLSearchParams(body).get('query')).sort()).toEqual([
    'different',
    'equal',
  ]);
});
