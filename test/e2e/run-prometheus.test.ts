import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AnalysisRun } from '../../schemas/index.js';
import { assay } from '../support/assay.js';
import { eventually } from '../support/eventually.js';
import { freePort } from '../support/free-port.js';
import { startPrometheus, type TestPrometheus } from '../support/prometheus.js';
import { type SampleApp, startSampleApp } from '../support/sample-app.js';

const TEMPLATE = fileURLToPath(new URL('fixtures/error-rate.yaml', import.meta.url));

describe('assay run against a real Prometheus', () => {
  const apps: SampleApp[] = [];
  let prometheus: TestPrometheus;

  beforeAll(async () => {
    apps.push(await startSampleApp('good'), await startSampleApp('bad'));
    prometheus = await startPrometheus(apps.map(({ target }) => target));
    await eventually('both versions have rates', async () => {
      const rates = await prometheus.query('sum by (version) (rate(http_requests_total[5s])) > 0');
      return rates.length === 2 ? true : undefined;
    });
  });
  afterAll(async () => {
    await prometheus.stop();
    for (const app of apps) await app.stop();
  });

  const run = (version: string, ...more: string[]) =>
    assay([
      'run',
      '-f',
      TEMPLATE,
      '--arg',
      `version=${version}`,
      '--arg',
      `prometheus=${prometheus.url}`,
      ...more,
    ]);

  it('promotes the good version and exits with 0', async () => {
    const { code, out, err } = await run('good');
    expect(err).toBe('');
    expect(out).toMatch(/error-rate #3 {2}Successful {2}\[0\.0/);
    expect(out).toMatch(/✔ shop\/error-rate-\w+ Successful: promote/);
    expect(code).toBe(0);
  });

  it('rolls the bad version back and exits with 1, as soon as the limit is passed', async () => {
    const { code, out } = await run('bad', '--output', 'json');
    expect(code).toBe(1);
    const { status } = JSON.parse(out) as AnalysisRun;
    expect(status).toMatchObject({
      phase: 'Failed',
      verdict: 'rollback',
      message: 'Metric "error-rate" assessed Failed due to failed (2) > failureLimit (1)',
    });
    const result = status?.metricResults?.find(({ name }) => name === 'error-rate');
    expect(result).toMatchObject({ failed: 2, count: 2 });
    const rates = result?.measurements?.map(({ value }) => Number(value?.slice(1, -1))) ?? [];
    expect(rates).toHaveLength(2);
    for (const rate of rates) expect(rate).toBeCloseTo(0.3, 1);
  });

  it('gives a pipeline its JUnit report on standard output, and the story on standard error', async () => {
    const { code, out, err } = await run('bad', '-o', 'junit', '--metric', 'error-rate');
    expect(code).toBe(1);
    expect(out).toContain('tests="1" failures="1" errors="0"');
    expect(err).toMatch(/error-rate is Failed/);
  });

  it('takes the address from the environment when the metric names none', async () => {
    const template = {
      kind: 'AnalysisTemplate',
      spec: {
        metrics: [
          { name: 'up', successCondition: 'all(result, # == 1)', provider: { prometheus: { query: 'up' } } },
        ],
      },
    };
    const { code, out } = await assay(['run', '-f', '-'], {
      input: JSON.stringify(template),
      env: { ASSAY_PROMETHEUS_ADDRESS: prometheus.url },
    });
    expect(out).toContain('[1,1]');
    expect(code).toBe(0);
  });
});

describe('assay run without an answer', () => {
  it('terminates the run when the time is up and exits with 124, naming what could not be reached', async () => {
    const address = `http://127.0.0.1:${await freePort()}`;
    const args = ['--arg', 'version=good', '--arg', `prometheus=${address}`, '--timeout', '2s'];
    const { code, out, err } = await assay(['run', '-f', TEMPLATE, ...args]);
    expect(out).toContain('connection refused');
    expect(err).toContain('timed out after 2s: the run was terminated');
    expect(code).toBe(124);
  });
});
