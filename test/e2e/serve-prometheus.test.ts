import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseDocuments, type AnalysisRun } from '../../schemas/index.js';
import { openServer } from '../../service/app.js';
import { eventually } from '../support/eventually.js';
import { startPrometheus, type TestPrometheus } from '../support/prometheus.js';
import { startRedis, type TestRedis } from '../support/redis.js';
import { type SampleApp, startSampleApp } from '../support/sample-app.js';

const TEMPLATE = readFileSync(fileURLToPath(new URL('fixtures/error-rate.yaml', import.meta.url)), 'utf8');

describe('assay serve against a real Prometheus', () => {
  const apps: SampleApp[] = [];
  const closing: (() => Promise<void>)[] = [];
  let prometheus: TestPrometheus;
  let redis: TestRedis;
  /** Where runs are started, and where they are read: with Redis that is another server. */
  const engines: Record<string, { readonly start: string; readonly read: string }> = {};

  beforeAll(async () => {
    apps.push(await startSampleApp('good'), await startSampleApp('bad'));
    prometheus = await startPrometheus(apps.map(({ target }) => target));
    redis = await startRedis();
    const open = async (env: Record<string, string>): Promise<string> => {
      const server = await openServer({ ASSAY_LOG_LEVEL: 'silent', ...env }, { port: '0' });
      closing.push(() => server.close());
      return server.url;
    };
    const alone = await open({});
    engines['memory'] = { start: alone, read: alone };
    const shared = { ASSAY_REDIS_URL: redis.url };
    engines['Redis'] = { start: await open(shared), read: await open(shared) };
    await eventually('both versions have rates', async () => {
      const rates = await prometheus.query('sum by (version) (rate(http_requests_total[5s])) > 0');
      return rates.length === 2 ? true : undefined;
    });
  });
  afterAll(async () => {
    for (const close of closing) await close();
    await redis.stop();
    await prometheus.stop();
    for (const app of apps) await app.stop();
  });

  it.each`
    engine      | version   | phase           | verdict
    ${'memory'} | ${'good'} | ${'Successful'} | ${'promote'}
    ${'memory'} | ${'bad'}  | ${'Failed'}     | ${'rollback'}
    ${'Redis'}  | ${'good'} | ${'Successful'} | ${'promote'}
    ${'Redis'}  | ${'bad'}  | ${'Failed'}     | ${'rollback'}
  `('over $engine a $version version is $phase: $verdict', async ({ engine, version, phase, verdict }) => {
    const { start, read } = engines[String(engine)] ?? { start: '', read: '' };
    const created = await fetch(`${start}/v1/analysisruns`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        templates: parseDocuments(TEMPLATE).map(({ value }) => value),
        args: [
          { name: 'version', value: String(version) },
          { name: 'prometheus', value: prometheus.url },
        ],
      }),
    });
    expect(created.status).toBe(201);
    const { metadata } = (await created.json()) as AnalysisRun;
    const answer = await fetch(`${read}/v1/analysisruns/${metadata?.uid ?? ''}?wait=60s`);
    const { status } = (await answer.json()) as AnalysisRun;
    expect(status).toMatchObject({ phase: String(phase), verdict: String(verdict) });
  });
});
