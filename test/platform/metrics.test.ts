import { expect, it } from 'vitest';
import { createMetrics, type MetricsSource, type RunObservation } from '../../service/platform/index.js';

const run = (name: string, phase: string, metricPhase: string): RunObservation => ({
  namespace: 'shop',
  name,
  phase,
  metrics: [{ name: 'errors', type: 'Prometheus', phase: metricPhase, dryRun: false }],
});

const source = (runs: RunObservation[]): MetricsSource => ({
  runs: () => Promise.resolve(runs),
  runsByPhase: () => Promise.resolve({ Running: runs.length }),
  queueDepth: () => Promise.resolve({ delayed: 3 }),
  pendingWebhooks: () => Promise.resolve(7),
  archiveBacklog: () => Promise.resolve(2),
  isWell: () => Promise.resolve(true),
  failed(error) {
    throw error;
  },
});

/** The lines of the exposition that are not comments. */
async function series(metrics: { text(): Promise<string> }): Promise<string[]> {
  return (await metrics.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
}

it('counts measurements, verdicts and webhooks under the published names', async () => {
  const metrics = createMetrics({ version: '1.2.3', nodeMetrics: false });
  metrics.measurementTaken('prometheus', 'Successful', 0.02);
  metrics.measurementTaken('prometheus', 'Error', 2);
  metrics.measurementBegan(0.003);
  metrics.verdictReached('Failed');
  metrics.webhookTried('delivered');
  metrics.webhookEnded('failed');
  metrics.runArchived('kept');

  expect(await series(metrics)).toEqual(
    expect.arrayContaining([
      'assay_build_info{version="1.2.3"} 1',
      'assay_measurements_total{provider="prometheus",phase="Successful"} 1',
      'assay_measurements_total{provider="prometheus",phase="Error"} 1',
      'assay_measurement_duration_seconds_bucket{le="0.025",provider="prometheus"} 1',
      'assay_measurement_duration_seconds_count{provider="prometheus"} 2',
      'assay_measurement_lateness_seconds_bucket{le="0.005"} 1',
      'assay_verdicts_total{phase="Failed"} 1',
      'assay_webhook_attempts_total{outcome="delivered"} 1',
      'assay_webhooks_total{state="failed"} 1',
      'assay_archive_writes_total{outcome="kept"} 1',
    ]),
  );
});

it("gives each run the reference's gauges, one series a phase", async () => {
  const metrics = createMetrics({ version: '0', nodeMetrics: false });
  metrics.observe(source([run('r1', 'Running', '')]));

  const lines = await series(metrics);

  expect(lines).toEqual(
    expect.arrayContaining([
      'assay_engine_up 1',
      'assay_runs{phase="Running"} 1',
      'assay_queue_depth{state="delayed"} 3',
      'assay_webhooks_pending 7',
      'assay_archive_backlog 2',
      'analysis_run_info{namespace="shop",name="r1",phase="Running"} 1',
      'analysis_run_phase{namespace="shop",name="r1",phase="Running"} 1',
      'analysis_run_phase{namespace="shop",name="r1",phase="Failed"} 0',
      'analysis_run_metric_type{namespace="shop",name="r1",metric="errors",type="Prometheus"} 1',
      'analysis_run_metric_phase{namespace="shop",name="r1",metric="errors",type="Prometheus",dry_run="false",phase="Pending"} 1',
    ]),
  );
  expect(lines.filter((line) => line.startsWith('analysis_run_phase'))).toHaveLength(6);
});

it('forgets runs that are gone and never shows more than its limit', async () => {
  const metrics = createMetrics({ version: '0', nodeMetrics: false, maxObservedRuns: 2 });
  metrics.observe(source([run('r1', 'Running', ''), run('r2', 'Running', ''), run('r3', 'Running', '')]));
  const first = await series(metrics);
  metrics.observe(source([run('r4', 'Failed', 'Failed')]));
  const second = await series(metrics);

  const runsIn = (lines: string[]) =>
    lines
      .filter((line) => line.startsWith('analysis_run_info'))
      .map((line) => /name="(\w+)"/.exec(line)?.[1]);
  expect(runsIn(first)).toEqual(['r1', 'r2']);
  expect(runsIn(second)).toEqual(['r4']);
});

it.each([
  ['fails', () => Promise.reject(new Error('no Redis')), 'no Redis'],
  ['does not answer', () => new Promise<never>(() => undefined), 'no answer within 50 ms'],
])(
  'leaves the gauges of a source that %s out, tells why, and answers all else',
  async (_how, queueDepth, why) => {
    const metrics = createMetrics({ version: '1.2.3', nodeMetrics: false, sourceTimeoutMs: 50 });
    const working = source([run('r1', 'Running', '')]);
    metrics.verdictReached('Failed');
    metrics.observe(working);
    expect(await series(metrics)).toContain('assay_engine_up 1');

    const told: unknown[] = [];
    metrics.observe({ ...working, queueDepth, failed: (error) => void told.push(error) });
    const lines = await series(metrics);
    expect(told).toEqual([new Error(why)]);
    expect(lines).toEqual(
      expect.arrayContaining(['assay_engine_up 0', 'assay_verdicts_total{phase="Failed"} 1']),
    );
    expect(
      lines.filter((line) =>
        /^(?:assay_runs|assay_queue_depth|assay_webhooks_pending|assay_archive_backlog|analysis_run)/.test(
          line,
        ),
      ),
    ).toEqual([]);
  },
);

it('keeps two apps in one process apart', async () => {
  const [one, two] = [createMetrics({ version: '1' }), createMetrics({ version: '2' })];
  one.verdictReached('Failed');
  expect(await one.text()).toContain('process_cpu_seconds_total');
  expect(await two.text()).not.toContain('assay_verdicts_total{phase="Failed"}');
});
