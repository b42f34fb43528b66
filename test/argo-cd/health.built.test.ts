import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AnalysisRun } from '../../schemas/index.js';
import { Simulator } from '../controller/rollout/simulator.js';
import { startRedis, type TestRedis } from '../support/redis.js';

/** Argo CD's own scripts for the health of objects, out of its Go module, say what it shows of ours. Redis runs them: they are Lua. */
const MODULE = 'github.com/argoproj/argo-cd/v2@v2.14.2';
const SUM = 'h1:5kHd4lEkN679r/6VFlYoLMZ5Pl5wL4tHnOdEgQTgQKk=';
/** What a script sets, globals among it. */
const GLOBAL = /^\s*(?:function\s+(\w+)\s*\(|(\w+)\s*=[^=])/gm;

/** The script as Redis takes it, where globals may not be set. */
function runnable(script: string): string {
  const names = new Set([...script.matchAll(GLOBAL)].map(([, named = '', set = named]) => set));
  return [
    'local obj = cjson.decode(ARGV[1])',
    `local ${[...names].join(', ')}`,
    `local function health()\n${script}\nend`,
    'return cjson.encode(health())',
  ].join('\n');
}

let redis: TestRedis;
let client: Redis;
let folder: string;

beforeAll(async () => {
  // Outside of any module: nothing else is asked for.
  const { stdout } = await promisify(execFile)('go', ['mod', 'download', '-json', MODULE], { cwd: tmpdir() });
  const { Dir, Sum } = JSON.parse(stdout) as { readonly Dir: string; readonly Sum: string };
  expect(Sum).toBe(SUM);
  folder = join(Dir, 'resource_customizations', 'argoproj.io');
  redis = await startRedis();
  client = new Redis(redis.url);
}, 240_000);
afterAll(async () => {
  client.disconnect();
  await redis.stop();
});

async function healthOf(kind: 'Rollout' | 'AnalysisRun', object: unknown): Promise<unknown> {
  const script = await readFile(join(folder, kind, 'health.lua'), 'utf8');
  return JSON.parse((await client.eval(runnable(script), 0, JSON.stringify(object))) as string);
}

/** The health of a Rollout, and that it gives its reason. */
async function health({ rollout }: Simulator): Promise<unknown> {
  const { status, message = '' } = (await healthOf('Rollout', rollout)) as {
    readonly status: string;
    readonly message?: string;
  };
  expect(message).toBe(rollout.status?.message ?? '');
  return status;
}

describe('Argo CD shows', () => {
  const analysis = { templates: [{ templateName: 'success-rate' }] };

  it('a canary as it stands, from its first version to one that never gets ready', async () => {
    const cluster = new Simulator({
      strategy: { canary: { steps: [{ setWeight: 25 }, { pause: {} }, { analysis }] } },
    });
    cluster.settle();
    expect(await health(cluster)).toBe('Healthy');
    cluster.setImage('v2');
    expect(await healthOf('Rollout', cluster.rollout)).toMatchObject({
      status: 'Progressing',
      message: 'Waiting for rollout spec update to be observed',
    });
    cluster.settle();
    expect(await health(cluster)).toBe('Suspended');
    cluster.promote();
    cluster.settle();
    expect(await health(cluster)).toBe('Progressing');
    cluster.judge('Inconclusive', 'no data');
    cluster.settle();
    expect(await health(cluster)).toBe('Suspended');
    cluster.promote();
    cluster.settle();
    cluster.judge('Failed', 'too many errors');
    cluster.settle();
    expect(await health(cluster)).toBe('Degraded');
    cluster.change({ status: { abort: false } });
    cluster.settle();
    cluster.change({ status: { promoteFull: true } });
    cluster.settle();
    expect(await health(cluster)).toBe('Healthy');
    cluster.setImage('bad');
    cluster.settle();
    cluster.advance(700);
    cluster.settle();
    expect(await health(cluster)).toBe('Degraded');
  });

  it('a blue/green Rollout before and after its switch, and a faulty one', async () => {
    const blueGreen = { activeService: 'active', previewService: 'preview', autoPromotionEnabled: false };
    const cluster = new Simulator({ strategy: { blueGreen } }, ['active', 'preview']);
    cluster.settle();
    cluster.setImage('v2');
    cluster.settle();
    expect(await health(cluster)).toBe('Suspended');
    cluster.promote();
    cluster.settle();
    expect(await health(cluster)).toBe('Healthy');
    cluster.services = [];
    cluster.settle();
    expect(await health(cluster)).toBe('Degraded');
  });

  it.each([
    ['Pending', 'Progressing'],
    ['Running', 'Progressing'],
    ['Successful', 'Healthy'],
    ['Failed', 'Degraded'],
    ['Error', 'Degraded'],
    ['Inconclusive', 'Unknown'],
  ] as const)('a run that is %s as %s', async (phase, status) => {
    const run: Partial<AnalysisRun> = { kind: 'AnalysisRun', status: { phase } };
    expect(await healthOf('AnalysisRun', run)).toMatchObject({ status });
  });
});
