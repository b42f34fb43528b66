import { expect, it } from 'vitest';
import type { Metric } from '../../schemas/index.js';
import { type BeginEngine, until, WAIT_MS } from './begin-engine.js';
import { gated, metric, runOf } from './fixtures.js';

/** What every backend must do to measure a run and to come to its verdict. */
export function measuringContract(begin: BeginEngine): void {
  it.each([
    { phases: ['Successful'], limits: {}, phase: 'Successful', verdict: 'promote', message: undefined },
    {
      phases: ['Failed'],
      limits: {},
      phase: 'Failed',
      verdict: 'rollback',
      message: 'Metric "web" assessed Failed due to failed (1) > failureLimit (0)',
    },
    {
      phases: ['Inconclusive'],
      limits: {},
      phase: 'Inconclusive',
      verdict: 'hold',
      message: 'Metric "web" assessed Inconclusive due to inconclusive (1) > inconclusiveLimit (0)',
    },
    {
      phases: ['Error'],
      limits: { consecutiveErrorLimit: 0 },
      phase: 'Error',
      verdict: 'rollback',
      message: 'Metric "web" assessed Error due to consecutiveErrors (1) > consecutiveErrorLimit (0)',
    },
    {
      phases: ['Successful', 'Failed', 'Successful'],
      limits: { interval: '20ms', count: 3, failureLimit: 1 },
      phase: 'Successful',
      verdict: 'promote',
      message: undefined,
    },
  ] as const)(
    'measures $phases and ends $phase with the verdict $verdict',
    async ({ phases, limits, phase, verdict, message }) => {
      const { engine, observed } = await begin((_name, nth) => phases[nth - 1] ?? 'Error');
      const { run } = await engine.create(runOf([metric('web', limits)]));
      const ended = await engine.waitForCompletion(run.metadata?.uid ?? '', WAIT_MS);
      expect(ended?.status).toMatchObject({ phase, verdict, metricResults: [{ name: 'web', phase }] });
      expect(ended?.status?.message).toBe(message);
      expect(ended?.status?.metricResults?.[0]?.measurements?.map((each) => each.phase)).toEqual(phases);
      expect(observed.taken).toEqual(phases.map((each) => `web ${each}`));
      expect(observed.verdicts).toEqual([phase]);
    },
  );

  it('ends a run whose spec can not be measured with the message of the rules', async () => {
    const { engine, asked, observed } = await begin(() => 'Successful');
    const { run } = await engine.create(runOf([metric('web', { count: 2 })]));
    expect(run.status).toMatchObject({ phase: 'Error', verdict: 'rollback' });
    expect(run.status?.message).toContain('interval must be specified when count > 1');
    expect(asked).toEqual([]);
    expect(observed.verdicts).toEqual(['Error']);
  });

  it('lets a slow metric delay nobody', async () => {
    const [gate, release] = gated();
    const { engine, asked } = await begin(async (name) => {
      if (name === 'slow') await gate;
      return 'Successful' as const;
    });
    await engine.create(runOf([metric('slow'), metric('quick', { interval: '10ms', count: 5 })]), {
      id: 'a',
    });
    await until(() => {
      expect(asked.filter((each) => each.metric.metric.name === 'quick')).toHaveLength(5);
    });
    expect((await engine.get('a'))?.status?.phase).toBe('Running');
    release();
    expect((await engine.waitForCompletion('a', WAIT_MS))?.status?.phase).toBe('Successful');
  });

  it('lets a provider that hangs on 200 series delay no measurement of another one', async () => {
    const [gate, release] = gated();
    const { engine, asked, observed } = await begin(
      async (name) => {
        if (name === 'hanging') await gate;
        return 'Successful' as const;
      },
      { concurrency: 20 },
    );
    const hanging = metric('hanging', { provider: { prometheus: { query: 'up' } } });
    const ids = Array.from({ length: 200 }, (_, index) => `hanging-${index}`);
    await Promise.all(ids.map((id) => engine.create(runOf([hanging]), { id })));
    // Every place of the hanging provider is taken, and many more series wait for one.
    await until(async () => {
      expect((await engine.queueDepth()).waiting).toBeGreaterThan(100);
    });
    observed.lateness.length = 0;
    await engine.create(runOf([metric('quick', { interval: '50ms', count: 10 })]), { id: 'quick' });
    expect((await engine.waitForCompletion('quick', WAIT_MS))?.status?.phase).toBe('Successful');
    const quick = asked.filter((each) => each.metric.metric.name === 'quick');
    expect(quick).toHaveLength(10);
    // What hangs would hang for ever; a busy machine is late by less.
    expect(Math.max(...observed.lateness)).toBeLessThan(4);
    expect((await engine.get('hanging-0'))?.status?.phase).toBe('Running');
    release();
    for (const id of ids)
      expect((await engine.waitForCompletion(id, WAIT_MS))?.status?.phase).toBe('Successful');
  });

  it('ends the other metrics once one has decided the run', async () => {
    const { engine, asked } = await begin((name, nth) =>
      name === 'bad' && nth === 2 ? 'Failed' : 'Successful',
    );
    const endless: Partial<Metric> = { interval: '20ms' };
    await engine.create(runOf([metric('good', endless), metric('bad', endless)]), { id: 'a' });
    const ended = await engine.waitForCompletion('a', WAIT_MS);
    expect(ended?.status).toMatchObject({
      phase: 'Failed',
      message: 'Metric "bad" assessed Failed due to failed (1) > failureLimit (0)',
      metricResults: [
        { name: 'good', phase: 'Successful' },
        { name: 'bad', phase: 'Failed' },
      ],
      runSummary: { count: 2, successful: 1, failed: 1 },
    });
    const before = asked.length;
    await until(async () => {
      expect(await engine.queueDepth()).toMatchObject({ waiting: 0, delayed: 0, active: 0 });
    });
    expect(asked.length).toBeLessThanOrEqual(before + 1);
  });

  it('takes an error for a measurement, should measuring reject', async () => {
    const { engine } = await begin(() => Promise.reject(new Error('the provider broke')));
    await engine.create(runOf([metric('web', { consecutiveErrorLimit: 0 })]), { id: 'a' });
    const ended = await engine.waitForCompletion('a', WAIT_MS);
    expect(ended?.status).toMatchObject({
      phase: 'Error',
      metricResults: [{ error: 1, measurements: [{ phase: 'Error', message: 'the provider broke' }] }],
    });
  });

  it('keeps what a provider says of a metric with its result', async () => {
    const { engine } = await begin(
      () => 'Successful',
      {},
      () => ({ ResolvedPrometheusQuery: 'up' }),
    );
    await engine.create(runOf([metric('web')]), { id: 'a' });
    const ended = await engine.waitForCompletion('a', WAIT_MS);
    expect(ended?.status?.metricResults?.[0]?.metadata).toEqual({ ResolvedPrometheusQuery: 'up' });
  });

  it('keeps metric names and ids of any characters apart', async () => {
    const { engine } = await begin((name) => (name === 'a:b' ? 'Failed' : 'Successful'));
    const names = ['a:b', 'a-b', 'a b/c', 'ü%'];
    await engine.create(runOf(names.map((name) => metric(name)).reverse()), { id: 'x:1-2' });
    const ended = await engine.waitForCompletion('x:1-2', WAIT_MS);
    expect(ended?.status).toMatchObject({ phase: 'Failed' });
    expect(ended?.status?.metricResults?.find(({ name }) => name === 'a:b')?.phase).toBe('Failed');
  });

  it('is ready while it works', async () => {
    const { engine } = await begin(() => 'Successful');
    await until(async () => {
      expect(await engine.health()).toMatchObject({ ready: true, reasons: [] });
    });
    await engine.start();
    await engine.stop();
    await engine.stop();
  });
}
