import { expect, it } from 'vitest';
import { type BeginEngine, until, WAIT_MS } from './begin-engine.js';
import { gated, metric, runOf } from './fixtures.js';

/** What every backend must do with runs that are terminated or forgotten, and with those that get their ids after them. */
export function endingContract(begin: BeginEngine): void {
  it('resumes a measurement that goes on, and terminates it when the run is to end', async () => {
    const { engine, asked } = await begin((_name, _nth, { op }) =>
      op === 'terminate' ? 'Successful' : 'Running',
    );
    await engine.create(runOf([metric('job')]), { id: 'a' });
    await until(async () => {
      expect((await engine.get('a'))?.status?.metricResults).toHaveLength(1);
    });
    await engine.terminate('a');
    const ended = await engine.waitForCompletion('a', WAIT_MS);
    expect(asked.at(-1)).toMatchObject({ op: 'terminate', previous: { phase: 'Running' } });
    expect(ended?.status).toMatchObject({ phase: 'Successful', message: 'Run Terminated' });
    expect(ended?.status?.metricResults?.[0]?.measurements).toMatchObject([
      { phase: 'Successful', message: 'Metric Terminated' },
    ]);
  });

  it('terminates an endless run at once, and again without effect', async () => {
    const { engine } = await begin(() => 'Successful');
    await engine.create(runOf([metric('web', { interval: '1h' })]), { id: 'a' });
    await until(async () => {
      expect((await engine.get('a'))?.status?.metricResults).toHaveLength(1);
    });
    expect((await engine.terminate('a'))?.status?.phase).toBe('Running');
    const ended = await engine.waitForCompletion('a', WAIT_MS);
    expect(ended?.status).toMatchObject({
      phase: 'Successful',
      message: 'Run Terminated',
      verdict: 'hold',
    });
    expect(await engine.terminate('a')).toEqual(ended);
    expect(await engine.terminate('unknown')).toBeUndefined();
  });

  it('forgets a run when asked, and lets its id be used again', async () => {
    const { engine } = await begin(() => 'Successful');
    await engine.create(runOf([metric('web', { interval: '1h' })]), { id: 'a' });
    expect(await engine.forget('a')).toBe(true);
    expect(await engine.forget('a')).toBe(false);
    expect(await engine.get('a')).toBeUndefined();
    expect((await engine.list({ limit: 10 })).items).toEqual([]);
    expect((await engine.create(runOf([metric('other')]), { id: 'a' })).created).toBe(true);
    expect((await engine.waitForCompletion('a', WAIT_MS))?.status?.phase).toBe('Successful');
  });

  it('measures what a run asks for and not what one asked for that had its id before', async () => {
    const { engine, asked } = await begin(() => 'Successful');
    for (const url of ['http://stub/old', 'http://stub/new']) {
      await engine.create(runOf([metric('web', { interval: '1h', provider: { web: { url } } })]), {
        id: 'a',
      });
      await until(() => {
        expect(asked.at(-1)?.metric.metric.provider.web?.url).toBe(url);
      });
      await engine.forget('a');
    }
    expect(asked).toHaveLength(2);
  });

  it('measures a new run at once and by its own spec, though one that had its id before is being measured', async () => {
    const [gate, release] = gated();
    const { engine, asked } = await begin(async (_name, _nth, { metric: { metric: of } }) => {
      if (of.provider.web?.url !== 'http://stub/old') return 'Successful';
      await gate;
      return 'Failed';
    });
    const old = metric('web', { provider: { web: { url: 'http://stub/old' } } });
    await engine.create(runOf([old]), { id: 'a' });
    await until(() => {
      expect(asked).toHaveLength(1);
    });
    await engine.forget('a');
    await engine.create(runOf([metric('web', { interval: '1h', count: 2 })]), { id: 'a' });
    await until(async () => {
      expect((await engine.get('a'))?.status?.metricResults?.[0]?.successful).toBe(1);
    });
    release();
    await until(async () => {
      expect(await engine.queueDepth()).toMatchObject({ active: 0 });
    });
    expect((await engine.get('a'))?.status).toMatchObject({
      phase: 'Running',
      metricResults: [{ count: 1, successful: 1 }],
    });
  });

  it('drops the outcome of a forgotten run whose id another run has meanwhile', async () => {
    const [gate, release] = gated();
    const { engine, asked } = await begin(
      async () => {
        if (asked.length > 1) return 'Successful';
        await gate;
        return 'Failed';
      },
      { concurrency: 1 },
    );
    // The very same request: only the run's incarnation tells them apart. One place, so that the new one waits.
    await engine.create(runOf([metric('web')]), { id: 'a' });
    await until(() => {
      expect(asked).toHaveLength(1);
    });
    await engine.forget('a');
    await engine.create(runOf([metric('web')]), { id: 'a' });
    release();
    expect((await engine.waitForCompletion('a', WAIT_MS))?.status?.phase).toBe('Successful');
  });

  it('ends the measurement in flight of a run that is forgotten', async () => {
    const { engine, asked } = await begin((_name, _nth, { op }) =>
      op === 'terminate' ? 'Successful' : 'Running',
    );
    await engine.create(runOf([metric('job')]), { id: 'a' });
    await until(async () => {
      expect((await engine.get('a'))?.status?.metricResults).toHaveLength(1);
    });
    await engine.forget('a');
    expect(await engine.get('a')).toBeUndefined();
    await until(() => {
      expect(asked.at(-1)).toMatchObject({ op: 'terminate', previous: { phase: 'Running' } });
    });
  });

  it.each(['forget', 'terminate'] as const)(
    'ends a measurement that was being begun when its run came to its end by %s',
    async (how) => {
      const [gate, release] = gated();
      const { engine, asked } = await begin(async (_name, _nth, { op }) => {
        if (op === 'terminate') return 'Successful';
        await gate;
        return 'Running';
      });
      await engine.create(runOf([metric('job')]), { id: 'a' });
      await until(() => {
        expect(asked).toHaveLength(1);
      });
      await engine[how]('a');
      release();
      await until(() => {
        expect(asked.map(({ op }) => op)).toEqual(['measure', 'terminate']);
      });
    },
  );

  it('forgets a completed run when its time is up', async () => {
    const { engine } = await begin(() => 'Successful', { retentionMs: 30 });
    await engine.create(runOf([metric('web')]), { id: 'short' });
    await engine.create(
      runOf([metric('web')], { spec: { metrics: [], ttlStrategy: { secondsAfterCompletion: 60 } } }),
      { id: 'invalid' },
    );
    await until(async () => {
      expect(await engine.get('short')).toBeUndefined();
    });
    expect(await engine.get('invalid')).toBeDefined();
  });
}
