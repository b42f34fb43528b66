import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AnalysisRun, AnalysisRunList } from '../../schemas/index.js';
import { eventually } from '../support/eventually.js';
import { startRedis, type TestRedis } from '../support/redis.js';
import { type ServerProcess, startServer } from '../support/server-process.js';
import { runIn } from './auth/fixtures.js';

const MAIN = fileURLToPath(new URL('../../service/main.ts', import.meta.url));
const AT_ONCE = 100;

let redis: TestRedis;
const processes: ServerProcess[] = [];
const urls: string[] = [];

/** One `assay serve` that only answers requests, in a process of its own. */
async function startApi(): Promise<void> {
  const server = await startServer(
    process.execPath,
    ['--import', 'tsx', MAIN, 'serve', '--port', '0', '--role', 'api'],
    { ASSAY_REDIS_URL: redis.url, ASSAY_LOG_LEVEL: 'silent', ASSAY_MAX_RUNS_PER_NAMESPACE: '3' },
  );
  processes.push(server);
  const url = await eventually(
    'assay serve listens',
    () => {
      server.check();
      return /listens on (\S+)/.exec(server.output())?.[1];
    },
    90_000,
  );
  urls.push(url);
}
beforeAll(async () => {
  redis = await startRedis();
  await Promise.all([startApi(), startApi()]);
}, 120_000);
afterAll(async () => {
  await Promise.all(processes.map((each) => each.stop()));
  await redis.stop();
});

interface Answer {
  readonly status: number;
  readonly body: AnalysisRun;
  readonly retryAfter: string | null;
}
const ask = async (
  nth: number,
  method: string,
  path: string,
  body: AnalysisRun,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> => {
  const response = await fetch(`${urls[nth % 2] ?? ''}/v1/analysisruns${path}`, {
    method,
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  return {
    status: response.status,
    body: (await response.json()) as AnalysisRun,
    retryAfter: response.headers.get('retry-after'),
  };
};
const listed = async (namespace: string): Promise<number> => {
  const response = await fetch(`${urls[0] ?? ''}/v1/analysisruns?namespace=${namespace}`);
  return ((await response.json()) as AnalysisRunList).items.length;
};
const atOnce = <Result>(work: (nth: number) => Promise<Result>): Promise<readonly Result[]> =>
  Promise.all(Array.from({ length: AT_ONCE }, (_, nth) => work(nth)));

describe('two processes that answer requests over one Redis', () => {
  it.each([
    [
      'POST with one Idempotency-Key',
      'keyed',
      (nth: number) => ask(nth, 'POST', '', runIn('keyed'), { 'Idempotency-Key': 'deploy-7' }),
    ],
    ['PUT with one id', 'named', (nth: number) => ask(nth, 'PUT', '/deploy-7', runIn('named'))],
  ])('make one run of a hundred simultaneous %s', async (_what, namespace, request) => {
    const answers = await atOnce(request);
    const statuses = answers.map(({ status }) => status);
    expect([
      statuses.filter((status) => status === 201).length,
      statuses.filter((status) => status === 200).length,
    ]).toEqual([1, AT_ONCE - 1]);
    expect(new Set(answers.map(({ body }) => body.metadata?.uid)).size).toBe(1);
    expect(await listed(namespace)).toBe(1);
  });

  it('start as many of a hundred simultaneous runs as may go on in the namespace, and tell the others when to come again', async () => {
    const answers = await atOnce((nth) => ask(nth, 'PUT', `/other-${nth}`, runIn('full', `run-${nth}`)));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(3);
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused).toHaveLength(AT_ONCE - 3);
    expect(new Set(refused.map(({ retryAfter }) => retryAfter))).toEqual(new Set(['10']));
    expect(await listed('full')).toBe(3);
  });
});
