import { afterEach, describe, expect, it } from 'vitest';
import { createLoopbackClient } from '../../../service/cli/demo/loopback.js';
import { createReleaseStats } from '../../../service/cli/demo/release-stats.js';
import { type SampleService, startSampleService } from '../../../service/cli/demo/sample-service.js';
import { inTotal, startUsers } from '../../../service/cli/demo/users.js';
import { startProxy } from '../../../service/cli/demo/weighted-proxy.js';
import { CleanupStack, systemClock } from '../../../service/platform/index.js';
import { eventually } from '../../support/eventually.js';

const quick = { least: 0, most: 1 };
const cleanup = new CleanupStack();
afterEach(async () => {
  const failures: unknown[] = [];
  await cleanup.drain((_step, error) => failures.push(error));
  expect(failures).toEqual([]);
});

async function started(version: string, failingPercent = 0): Promise<SampleService> {
  const release = { version, failingPercent, latencyMs: quick };
  const service = await startSampleService(release, { windowMs: 60_000, clock: systemClock });
  cleanup.defer(version, () => service.close());
  return service;
}

const statuses = async (url: string, count: number): Promise<number[]> => {
  const all: number[] = [];
  for (let sent = 0; sent < count; sent++) all.push((await fetch(url)).status);
  return all;
};

describe('the sample service', () => {
  it('fails as many requests as its release does, and says so in both ways', async () => {
    const { url } = await started('v3', 20);
    expect((await statuses(url, 10)).filter((status) => status === 500)).toHaveLength(2);
    const metrics = await (await fetch(`${url}/metrics`)).text();
    expect(metrics).toContain('http_requests_total{version="v3",code="200"} 8');
    expect(metrics).toContain('http_requests_total{version="v3",code="500"} 2');
    expect(metrics).toContain('http_request_duration_seconds_count{version="v3"} 10');
    expect(await (await fetch(`${url}/stats`)).json()).toMatchObject({
      version: 'v3',
      requests: 10,
      successRate: 0.8,
    });
  });

  it('begins at zero when another version is deployed in its place', async () => {
    const service = await started('v1');
    await statuses(service.url, 3);
    service.deploy({ version: 'v2', failingPercent: 0, latencyMs: quick });
    expect(await (await fetch(`${service.url}/stats`)).json()).toEqual({
      version: 'v2',
      windowSeconds: 60,
      requests: 0,
      successRate: null,
      p95Seconds: null,
    });
    expect(await (await fetch(`${service.url}/metrics`)).text()).not.toContain('v1');
  });
});

describe("the service's own numbers", () => {
  it('are those of the window', () => {
    let nowMs = 0;
    const stats = createReleaseStats('v1', 4_000, { nowMs: () => nowMs });
    for (let count = 1; count <= 20; count++) {
      nowMs += 100;
      stats.record(count <= 10 ? 500 : 200, count / 100);
    }
    expect(stats.recent()).toMatchObject({ requests: 20, successRate: 0.5, p95Seconds: 0.19 });
    nowMs = 5_050;
    expect(stats.recent()).toMatchObject({ requests: 10, successRate: 1, p95Seconds: 0.2 });
    nowMs = 10_000;
    expect(stats.recent()).toMatchObject({ requests: 0, successRate: null, p95Seconds: null });
  });
});

describe('the proxy', () => {
  it('gives each version its part, from the next request on', async () => {
    const [stable, canary] = [await started('v1'), await started('v2')];
    const client = createLoopbackClient();
    cleanup.defer('client', () => {
      client.close();
    });
    const route = { stable: stable.url, canary: canary.url };
    const proxy = await startProxy({ ...route, canaryPercent: 25 }, client);
    cleanup.defer('proxy', () => proxy.close());
    const versions = async (): Promise<(string | null)[]> => {
      const all: (string | null)[] = [];
      for (let sent = 0; sent < 8; sent++) all.push((await fetch(proxy.url)).headers.get('x-version'));
      return all;
    };
    expect(await versions()).toEqual(['v1', 'v1', 'v1', 'v2', 'v1', 'v1', 'v1', 'v2']);
    proxy.use({ ...route, canaryPercent: 0 });
    expect(new Set(await versions())).toEqual(new Set(['v1']));
  });

  it('answers 502 for a version that is gone', async () => {
    const gone = await startSampleService(
      { version: 'v1', failingPercent: 0, latencyMs: quick },
      { windowMs: 1_000, clock: systemClock },
    );
    await gone.close();
    const client = createLoopbackClient();
    const proxy = await startProxy({ stable: gone.url, canary: gone.url, canaryPercent: 0 }, client);
    cleanup.defer('proxy', () => proxy.close());
    expect((await fetch(proxy.url)).status).toBe(502);
  });
});

describe('users', () => {
  it('count what they got of each version, and begin anew when told', async () => {
    const { url } = await started('v3', 50);
    const client = createLoopbackClient();
    cleanup.defer('client', () => {
      client.close();
    });
    const users = startUsers(url, 500, client);
    const counted = () => inTotal(users.experiences());
    await eventually('twenty requests are answered', () => (counted().requests >= 20 ? true : undefined));
    await users.stop();
    const { requests, failed, slow } = counted();
    expect([...users.experiences().keys()]).toEqual(['v3']);
    expect({ failed, slow }).toEqual({ failed: Math.floor(requests / 2), slow: 0 });
    users.countAnew();
    expect(counted()).toEqual({ requests: 0, failed: 0, slow: 0 });
  });

  it('count a request without an answer as failed', async () => {
    const gone = await startSampleService(
      { version: 'v1', failingPercent: 0, latencyMs: quick },
      { windowMs: 1_000, clock: systemClock },
    );
    await gone.close();
    const users = startUsers(gone.url, 500, createLoopbackClient());
    await eventually('one has failed', () => (inTotal(users.experiences()).failed > 0 ? true : undefined));
    await users.stop();
    const { requests, failed } = inTotal(users.experiences());
    expect(failed).toBe(requests);
    expect([...users.experiences().keys()]).toEqual(['']);
  });
});
