import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  createTrafficRouters,
  createTrafficPlugins,
  type TrafficPlugins,
} from '../../../service/controller/traffic/index.js';
import { createEgressPolicy, createHttpClient, type HttpClient } from '../../../service/providers/index.js';
import { type RecordingServer, startRecordingServer } from '../../support/recording-server.js';
import { rolloutOf, traffic, UID, World } from './world.js';

let server: RecordingServer;
let http: HttpClient;
let plugins: TrafficPlugins;
let stopping: AbortController;
let waiting: (() => void)[] = [];
let told: string[] = [];

beforeEach(async () => {
  server = await startRecordingServer();
  http = createHttpClient({ egress: createEgressPolicy({ loopback: true }) });
  stopping = new AbortController();
  [waiting, told] = [[], []];
  const timers = {
    set(action: () => void) {
      waiting.push(action);
      return () => (waiting = waiting.filter((other) => other !== action));
    },
  };
  const onAnswer = ({ name }: { readonly name: string }) => void told.push(name);
  const urls = new Map([['acme/mesh', `${server.url}/v1/`]]);
  plugins = createTrafficPlugins({ urls, http, timers, retryMs: 1_000, onAnswer }, stopping.signal);
});
afterEach(async () => {
  stopping.abort();
  http.close();
  await server.close();
});

const ROLLOUT = { namespace: 'shop', name: 'checkout', uid: UID };
type Asked = { readonly canary: { readonly weight: number } };
const routers = createTrafficRouters();
const rollout = (name = 'acme/mesh') => rolloutOf({ plugins: { [name]: {} } });
/** The Rollout's world: what the plugins have answered. */
class Answered extends World {
  override answer(plugin: string) {
    return plugins.answer(ROLLOUT, plugin);
  }
}
/** Asks for a weight. */
function begin(weight: number, name?: string): void {
  for (const change of routers.plan(rollout(name), traffic(weight), new Answered()).changes) {
    if (change.kind === 'call') plugins.call(change.request);
  }
}
const verify = (weight: number, name?: string): unknown =>
  routers.verify(rollout(name), traffic(weight), new Answered());
/** Asks for a weight, and waits for the answer. */
async function shift(weight: number, name?: string): Promise<unknown> {
  const before = told.length;
  const { changes } = routers.plan(rollout(name), traffic(weight), new Answered());
  begin(weight, name);
  if (changes.length > 0) await expect.poll(() => told.length).toBe(before + 1);
  return verify(weight, name);
}

describe('a traffic plugin over HTTP', () => {
  it('is asked once for what is wanted, and verified', async () => {
    server.answer([{ body: '{"verified": true}' }]);
    expect(await shift(10)).toEqual({ kind: 'verified' });
    expect(await shift(10)).toEqual({ kind: 'verified' });
    expect(server.requests).toMatchObject([{ method: 'POST', target: '/v1/apply' }]);
    expect(JSON.parse(server.requests[0]?.body ?? '')).toMatchObject({
      interfaceVersion: 1,
      canary: { weight: 10 },
    });
    expect([told, waiting]).toEqual([['checkout'], []]);
  });

  it('is asked again until it is in effect, and its Rollout is looked at', async () => {
    server.answer([
      { body: '{"verified": false, "message": "two of three"}' },
      { status: 204, body: '' },
      { body: '{}' },
    ]);
    expect(await shift(10)).toEqual({ kind: 'pending', reason: 'plugin acme/mesh: two of three' });
    for (const seen of [2, 3]) {
      waiting.shift()?.();
      await expect.poll(() => told.length).toBe(seen);
    }
    expect(await shift(10)).toEqual({ kind: 'written' });
    expect(waiting).toEqual([]);
  });

  it.each([
    ['refuses', { status: 409, body: '{"message": "no such route"}' }, 'no such route'],
    ['fails', { status: 500, body: 'oops' }, 'it answered 500 Internal Server Error'],
    ['answers no JSON', { body: 'done' }, 'its answer can not be understood: '],
    ['answers something else', { body: '{"verified": "yes"}' }, 'its answer can not be understood: '],
  ])('that %s has not done it, and is asked again', async (_what, response, fault) => {
    server.answer([response]);
    expect(await shift(10)).toEqual({
      kind: 'blocked',
      faults: [expect.stringContaining(`has not done it: ${fault}`)],
    });
    expect(waiting).toHaveLength(1);
  });

  it('that nobody has configured is told by name', async () => {
    expect(await shift(10, 'acme/other')).toEqual({
      kind: 'blocked',
      faults: [expect.stringContaining('the controller knows no traffic plugin of the name acme/other')],
    });
  });

  it('is not asked again for what is not wanted any more, nor about a Rollout that is gone', async () => {
    server.answer([{ body: '{"verified": false}' }]);
    await shift(10);
    await shift(0);
    expect(waiting).toHaveLength(1);
    plugins.forget(ROLLOUT);
    expect([waiting, plugins.answer(ROLLOUT, 'acme/mesh')]).toEqual([[], undefined]);
  });

  it('is asked for one thing at a time, and only once while it has not answered', async () => {
    server.answer([{ body: '{}', delayMs: 100 }, { body: '{"verified": true}' }]);
    begin(50);
    begin(50);
    await expect.poll(() => server.requests.length).toBe(1);
    expect(verify(50)).toEqual({ kind: 'pending', reason: 'plugin acme/mesh: it has not answered yet' });
    // An abort in the meantime: what was asked before has its answer first, so that it can not come into effect later.
    begin(20);
    begin(0);
    await expect.poll(() => told).toEqual(['checkout']);
    expect(server.requests.map(({ body }) => (JSON.parse(body) as Asked).canary.weight)).toEqual([50, 0]);
    expect(verify(0)).toEqual({ kind: 'verified' });
  });

  it('has said nothing of another Rollout that has the name now', async () => {
    server.answer([{ body: '{}' }]);
    await shift(10);
    expect(plugins.answer({ ...ROLLOUT, uid: 'another' }, 'acme/mesh')).toBeUndefined();
  });
});
