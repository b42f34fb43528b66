import supertest from 'supertest';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { DeliveryList } from '../../schemas/index.js';
import { createApi } from '../../service/api/index.js';
import { createDelivery } from '../../service/delivery/index.js';
import { createMemoryEngine, type Engine } from '../../service/engine/index.js';
import { createLog, createMetrics, systemClock } from '../../service/platform/index.js';
import {
  createEgressPolicy,
  createHttpClient,
  type HttpClient,
  noSecrets,
} from '../../service/providers/index.js';
import { metric, realDeps, scripted } from '../engine/fixtures.js';
import { type RecordingServer, startRecordingServer } from '../support/recording-server.js';
import { notAsked } from './fixtures.js';

const log = createLog({ level: 'silent' });
const metrics = createMetrics({ version: '1.2.3', nodeMetrics: false });

/** The fields of answers that tests look at. Which of them there are is what the tests check. */
interface Answer {
  readonly text: string;
  readonly body: DeliveryList & {
    readonly detail: string;
    readonly errors: readonly { readonly path: string; readonly message: string }[];
  };
}
interface Call extends PromiseLike<Answer> {
  send(body: object): Call;
  expect(status: number): Call;
}

let engine: Engine;
let http: HttpClient;
let receiver: RecordingServer;
let api: Readonly<Record<'get' | 'post' | 'put' | 'patch', (path: string) => Call>>;

beforeEach(async () => {
  engine = createMemoryEngine(realDeps(scripted(() => 'Failed').measure).deps);
  await engine.start();
  http = createHttpClient({ egress: createEgressPolicy({ loopback: true }) });
  const random = (): number => 0;
  createDelivery({ engine, http, secrets: noSecrets, clock: systemClock, random, log, metrics }).start();
  receiver = await startRecordingServer();
  receiver.answer([{ status: 204 }]);
  api = supertest(createApi({ engine, metrics, log, measureOnce: notAsked }));
});
afterEach(async () => {
  await engine.stop();
  http.close();
  await receiver.close();
});

const template = {
  kind: 'AnalysisTemplate',
  metadata: { name: 'errors' },
  spec: { metrics: [metric('web')] },
};
const annotated = (callbacks: unknown) => ({
  kind: 'AnalysisRun',
  metadata: {
    name: 'checkout',
    annotations: { team: 'shop', 'assay.dev/callbacks': JSON.stringify(callbacks) },
  },
  spec: { metrics: [metric('web')] },
});
const path = '/v1/analysisruns/one';
const deliveries = `${path}/deliveries`;

/** The deliveries of the run, once each was made `attempts` times. */
const settled = (attempts: number) =>
  vi.waitFor(
    async () => {
      const { items } = (await api.get(deliveries).expect(200)).body;
      expect(items.map(({ state, attemptCount }) => [state, attemptCount])).toEqual(
        items.map(() => ['delivered', attempts]),
      );
      expect(items).not.toEqual([]);
      return items;
    },
    { timeout: 10_000, interval: 10 },
  );

describe('callbacks', () => {
  it('of a run request are told the verdict, and the attempts can be read', async () => {
    const callbacks = [{ url: `${receiver.url}/hook?t=hunter2`, headers: { 'X-Key': 'hunter2' } }];
    const { text: started } = await api
      .put(path)
      .send({ templates: [template], callbacks })
      .expect(201);
    const items = await settled(1);
    expect(items).toMatchObject([
      {
        id: 'verdict-0',
        webhookId: expect.stringMatching(/^one\.[\w-]{8}\.verdict$/) as unknown,
        run: 'one',
        event: 'dev.assay.analysisrun.verdict.v1',
        url: `${receiver.url}/hook?[redacted]`,
        attempts: [{ outcome: 'delivered', status: 204 }],
      },
    ]);
    expect(receiver.requests).toMatchObject([{ target: '/hook?t=hunter2', headers: { 'x-key': 'hunter2' } }]);
    expect(JSON.parse(receiver.requests[0]?.body ?? '')).toMatchObject({
      data: { status: { verdict: 'rollback' } },
    });
    expect(`${started}${JSON.stringify(items)}`).not.toContain('hunter2');
  });

  it('of the annotation are told too, and are not shown to those who read the run', async () => {
    const headers = { Authorization: 'Bearer hunter2' };
    await api
      .put(path)
      .send(annotated([{ url: receiver.url, headers }]))
      .expect(201);
    await settled(1);
    expect(receiver.requests[0]?.headers['authorization']).toBe('Bearer hunter2');
    const { text } = await api.get(path).expect(200);
    expect(text).toContain('"team":"shop"');
    expect(`${text}${receiver.requests[0]?.body ?? ''}`).not.toContain('hunter2');
  });

  it('belong to what was asked for: others under the same id are a conflict', async () => {
    const body = (url: string) => ({ templates: [template], callbacks: [{ url }] });
    await api.put(path).send(body(receiver.url)).expect(201);
    await api.put(path).send(body(receiver.url)).expect(200);
    await api
      .put(path)
      .send(body(`${receiver.url}/other`))
      .expect(409);
    await settled(1);
    expect(receiver.requests).toHaveLength(1);
  });

  it.each([
    [{ templates: [template], callbacks: [{ url: 'x' }] }, 'callbacks[0].url'],
    [{ templates: [template], callbacks: [{ url: 'http://x', event: [] }] }, 'callbacks[0].event'],
    [{ templates: [template], callbacks: Array<object>(11).fill({ url: 'http://x' }) }, 'callbacks'],
    [
      annotated([{ url: 'http://x', headers: { 'webhook-id': 'x' } }]),
      "metadata.annotations['assay.dev/callbacks'][0].headers['webhook-id']",
    ],
    [annotated({}), "metadata.annotations['assay.dev/callbacks']"],
  ])('that can not be used are refused with their place: %j', async (body, place) => {
    const { errors } = (await api.put(path).send(body).expect(422)).body;
    expect(errors.map((fault) => fault.path)).toEqual([place]);
  });
});

describe('deliveries', () => {
  it('are made again when somebody asks for it', async () => {
    await api
      .put(path)
      .send(annotated([{ url: receiver.url }]))
      .expect(201);
    await settled(1);
    const { body } = await api.post(`${deliveries}/verdict-0/redeliver`).expect(202);
    expect(body).toMatchObject({ id: 'verdict-0', state: 'pending', attemptCount: 1 });
    const [again] = await settled(2);
    expect(receiver.requests.map(({ headers }) => headers['webhook-id'])).toEqual(
      Array(2).fill(again?.webhookId),
    );
  });

  it('are none for a run without callbacks, and 404 for a run that there is not', async () => {
    await api
      .put(path)
      .send({ templates: [template] })
      .expect(201);
    expect((await api.get(deliveries).expect(200)).body).toEqual({ items: [] });
    const { body } = await api.post(`${deliveries}/verdict-0/redeliver`).expect(404);
    expect(body.detail).toBe('there is no delivery "verdict-0" of a run with the id "one"');
    await api.get('/v1/analysisruns/none/deliveries').expect(404);
    await api.patch(deliveries).expect(405);
    await api.patch(`${deliveries}/verdict-0/redeliver`).expect(405);
  });
});
