import { Agent, get } from 'node:http';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Json, Traffic } from '../../../service/controller/rollout/types.js';
import { type CountingServer, type NginxServer, startCountingServer, startNginx } from './nginx-server.js';
import { bring, rolloutOf, traffic, World } from './world.js';

/** Requests of a split that is measured. */
const REQUESTS = 5_000;
const CONCURRENT = 32;
/** Seen share and weight may differ by so much, in points. */
const TOLERANCE = 2;

const ingress = (name: string, host: string): Json => ({
  ...{ apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', metadata: { name, namespace: 'shop' } },
  spec: {
    ingressClassName: 'nginx',
    rules: [
      {
        host,
        http: {
          paths: ['/', '/deep'].map((path) => ({
            ...{ path, pathType: 'Prefix' },
            backend: { service: { name: 'stable', port: { number: 80 } } },
          })),
        },
      },
    ],
  },
});

let nginx: NginxServer;
let stable: CountingServer;
let canary: CountingServer;
let world: World;
let agent: Agent;

beforeAll(async () => {
  agent = new Agent();
  [stable, canary] = [await startCountingServer(), await startCountingServer()];
});
afterAll(async () => {
  agent.destroy();
  await stable.stop();
  await canary.stop();
});
beforeEach(async () => {
  nginx = await startNginx({ stable: stable.address, canary: canary.address });
  world = new World(ingress('main', 'shop.example'), ingress('second', 'other.example'));
});
afterEach(async () => {
  await nginx.stop();
});

/** Has the router write the Ingresses, and nginx take them over. */
async function shift(wanted: Traffic, maxTrafficWeight?: number): Promise<void> {
  const more = maxTrafficWeight === undefined ? {} : { maxTrafficWeight };
  bring(rolloutOf({ nginx: { stableIngresses: ['main', 'second'] }, ...more }), wanted, world);
  const names = ['main', 'second', 'checkout-main-canary', 'checkout-second-canary'];
  // Connections of before are closed while nginx changes.
  agent.destroy();
  agent = new Agent({ keepAlive: true, maxSockets: CONCURRENT });
  await nginx.configure(names.map((name) => world.get('Ingress', name)));
}

function ask(host: string, headers: Readonly<Record<string, string>>): Promise<void> {
  return new Promise((resolve, reject) => {
    get(nginx.url, { agent, headers: { host, ...headers } }, (response) => {
      response.resume();
      response.on('error', reject);
      response.on('end', () => {
        if (response.statusCode === 200) resolve();
        else reject(new Error(`nginx answered ${String(response.statusCode)}`));
      });
    }).on('error', reject);
  });
}

/** Sends requests, and answers how many of them each version had. */
async function send(
  requests: number,
  host = 'shop.example',
  headers: Readonly<Record<string, string>> = {},
): Promise<{ readonly stable: number; readonly canary: number }> {
  const before = { stable: stable.count, canary: canary.count };
  let left = requests;
  const sender = async (): Promise<void> => {
    while (left > 0) await ask(host, { ...headers, 'x-request-id': `request-${left--}` });
  };
  await Promise.all(Array.from({ length: CONCURRENT }, sender));
  return { stable: stable.count - before.stable, canary: canary.count - before.canary };
}

describe('traffic through a real nginx', () => {
  it.each([5, 20, 50, 90])('has a share of %i percent for the canary, within 2 points', async (weight) => {
    await shift(traffic(weight));
    const seen = await send(REQUESTS);
    expect(seen.stable + seen.canary).toBe(REQUESTS);
    const share = (seen.canary / REQUESTS) * 100;
    expect(Math.abs(share - weight), `seen ${share.toFixed(2)}%`).toBeLessThanOrEqual(TOLERANCE);
  });

  it('counts weights of another total, and has the same share at every Ingress', async () => {
    await shift(traffic(250), 1000);
    for (const host of ['shop.example', 'other.example']) {
      const seen = await send(REQUESTS, host);
      const share = (seen.canary / REQUESTS) * 100;
      expect(Math.abs(share - 25), `seen ${share.toFixed(2)}% at ${host}`).toBeLessThanOrEqual(TOLERANCE);
    }
  });

  it('sends no request to the canary before the first step and after an abort', async () => {
    await shift(traffic(0));
    expect(await send(1_000)).toEqual({ stable: 1_000, canary: 0 });
    await shift(traffic(50));
    expect((await send(1_000)).canary).toBeGreaterThan(0);
    await shift(traffic(0));
    expect(await send(REQUESTS)).toEqual({ stable: REQUESTS, canary: 0 });
    expect(await send(REQUESTS, 'other.example')).toEqual({ stable: REQUESTS, canary: 0 });
  });

  it('sends all to the canary at full weight', async () => {
    await shift(traffic(100));
    expect(await send(1_000)).toEqual({ stable: 0, canary: 1_000 });
  });

  it.each([
    { match: { exact: 'yes' }, hit: 'yes', miss: 'yes, please' },
    { match: { prefix: 'beta.' }, hit: 'beta.7', miss: 'betas' },
    { match: { regex: 'a|b+' }, hit: 'bbb', miss: 'abba' },
  ])('sends requests whose header matches $match to the canary', async ({ match, hit, miss }) => {
    const headerRoutes = [{ name: 'beta', match: [{ headerName: 'X-Beta', headerValue: match }] }];
    await shift(traffic(0, { headerRoutes }));
    expect(await send(200, 'shop.example', { 'x-beta': hit })).toEqual({ stable: 0, canary: 200 });
    expect(await send(200, 'shop.example', { 'x-beta': miss })).toEqual({ stable: 200, canary: 0 });
    await shift(traffic(0));
    expect(await send(200, 'shop.example', { 'x-beta': hit })).toEqual({ stable: 200, canary: 0 });
  });
});
