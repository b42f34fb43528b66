import { expect, it, vi } from 'vitest';
import { ServiceAwayError } from '../../service/controller/service/away.js';
import { useFakeMirror } from './fake-mirror.js';

const begin = useFakeMirror();

it('a run that the service has lost shows what is measured anew, although that is less', async () => {
  const measured = (count: number, startedAt: string) => ({
    ...{ phase: 'Running' as const, startedAt },
    metricResults: [{ name: 'a', phase: 'Running' as const, count }],
  });
  let status = measured(3, '2026-11-25T00:00:00.500Z');
  let break_: () => void = () => undefined;
  const { time, runs, events, ...cluster } = await begin({
    handOver: () => Promise.resolve({ kind: 'known', status }),
    async *follow(_selection, signal) {
      yield { kind: 'ready' };
      await new Promise<void>((resolve) => {
        break_ = resolve;
        signal.addEventListener('abort', () => {
          resolve();
        });
      });
    },
  });
  cluster.create('run');
  await time.advance(2_000);
  expect(runs.get('run')?.status).toMatchObject({ metricResults: [{ count: 3 }] });
  status = measured(1, '2026-11-25T00:00:03.100Z');
  break_();
  await time.advance(2_000);
  expect(runs.get('run')?.status).toMatchObject({ metricResults: [{ count: 1 }] });
  expect(events.map(({ reason, message }) => `${String(reason)}: ${String(message)}`)).toEqual([
    'AnalysisRunRestarted: The service no longer had this run: it is measured anew since 2026-11-25T00:00:03Z',
  ]);
});

it('what somebody else has written into a status is put right', async () => {
  const status = { phase: 'Running' as const, startedAt: '2026-11-25T00:00:00Z' };
  const { time, runs, ...cluster } = await begin({
    handOver: () => Promise.resolve({ kind: 'known', status }),
  });
  cluster.create('run');
  await time.advance(2_000);
  expect(runs.get('run')?.status).toEqual(status);
  cluster.write('run', { ...status, message: 'somebody' });
  await time.advance(2_000);
  expect(runs.get('run')?.status).toEqual(status);
});

it('a verdict that somebody has wiped is written again', async () => {
  const status = {
    phase: 'Failed' as const,
    startedAt: '2026-11-25T00:00:00Z',
    completedAt: '2026-11-25T00:00:00Z',
  };
  const { time, runs, ...cluster } = await begin({
    handOver: () => Promise.resolve({ kind: 'known', status }),
  });
  cluster.create('run', { spec: { ttlStrategy: { secondsAfterCompletion: 3_600 } } });
  await time.advance(2_000);
  expect(runs.get('run')?.status).toEqual(status);
  cluster.write('run', { phase: 'Running' });
  await time.advance(2_000);
  expect(runs.get('run')?.status).toEqual(status);
});

it('a namespace in which writes are not answered holds up the verdicts of no other', async () => {
  const over = { phase: 'Successful' as const, startedAt: '2026-11-25T00:00:00Z' };
  const { time, runs, ...cluster } = await begin({
    handOver: () => Promise.resolve({ kind: 'known', status: over }),
  });
  cluster.holdWrites('ill', 10_000);
  for (let index = 0; index < 200; index++) cluster.create(`run-${index}`, { namespace: 'ill' });
  // Whoever has begun does not know yet.
  await time.advance(10_000);
  for (let index = 0; index < 10; index++) {
    cluster.create(`well-${index}`, { namespace: 'well' });
    await time.advance(1_000);
    expect(runs.get(`well-${index}`)?.status).toEqual(over);
  }
  cluster.holdWrites('ill', undefined);
  await time.advance(40_000);
  expect([...runs.values()].filter(({ status }) => status['phase'] !== 'Successful')).toEqual([]);
});

it('an object of a cluster that was restored from a backup, and is older than what was known of it, has its verdict', async () => {
  let finish: () => void = () => undefined;
  const running = { phase: 'Running' as const, startedAt: '2026-11-25T00:00:00Z' };
  const status = { ...running, phase: 'Failed' as const, completedAt: '2026-11-25T00:00:09Z' };
  const { time, runs, ...cluster } = await begin({
    handOver: () => Promise.resolve({ kind: 'known', status: running }),
    async *follow(_selection, signal) {
      yield { kind: 'ready' };
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
      const owner = { namespace: 'shop', name: 'run', cluster: 'local' };
      yield { kind: 'run', run: { id: 'run', ...owner, labels: {}, status } };
      await new Promise((resolve) => {
        signal.addEventListener('abort', resolve);
      });
    },
  });
  cluster.create('run');
  await time.advance(2_000);
  const run = runs.get('run');
  if (run === undefined) throw new Error('it is gone');
  [run.status, run.metadata.resourceVersion] = [{}, '1'];
  finish();
  await time.advance(2_000);
  expect(runs.get('run')?.status).toEqual(status);
});

it('a service that has lost that a run is to end is told again', async () => {
  const status = { phase: 'Running' as const, startedAt: '2026-11-25T00:00:00Z' };
  let asked = 0;
  let breakOff: () => void = () => undefined;
  const { time, ...cluster } = await begin({
    handOver: () => Promise.resolve({ kind: 'known', status }),
    terminate: () => {
      asked += 1;
      return Promise.resolve(status);
    },
    async *follow(_selection, signal) {
      yield { kind: 'ready' };
      await new Promise<void>((resolve) => {
        breakOff = resolve;
        signal.addEventListener('abort', () => {
          resolve();
        });
      });
    },
  });
  cluster.create('run', { spec: { terminate: true } });
  await time.advance(5_000);
  expect(asked).toBe(1);
  breakOff();
  await time.advance(5_000);
  expect(asked).toBe(2);
});

it('a run that the service does not forget is asked for ever more rarely, and left to the sweep in the end', async () => {
  let asked = 0;
  const { time, ...cluster } = await begin({
    forget: () => {
      asked += 1;
      return Promise.reject(new ServiceAwayError('answered 403'));
    },
  });
  cluster.create('run');
  await time.advance(1_000);
  cluster.remove('run');
  await time.advance(30 * 60_000);
  // At once, and 5, 10, 20, 40, 80 and 160 s later.
  expect(asked).toBe(7);
});

it('a metric that ended is told of although the answer to its write was lost, and the run went on before the watch came', async () => {
  const status = (count: number) => ({
    ...{ phase: 'Running' as const, startedAt: '2026-11-25T00:00:00Z' },
    metricResults: [
      { name: 'a', phase: 'Successful' as const, count: 1 },
      { name: 'b', phase: 'Running' as const, count },
    ],
  });
  let go: (count: number) => void = () => undefined;
  const { time, runs, events, ...cluster } = await begin({
    handOver: () => Promise.resolve({ kind: 'known', status: status(1) }),
    async *follow(_selection, signal) {
      yield { kind: 'ready' };
      const aborted = new Promise<undefined>((resolve) => {
        signal.addEventListener('abort', () => {
          resolve(undefined);
        });
      });
      for (;;) {
        const next = new Promise<number>((resolve) => {
          go = resolve;
        });
        const count = await Promise.race([next, aborted]);
        if (count === undefined) return;
        const owner = { namespace: 'shop', name: 'run', cluster: 'local' };
        const run = { id: 'run', ...owner, labels: {}, status: status(count) };
        yield { kind: 'run', run };
      }
    },
  });
  cluster.create('run');
  cluster.cutAfterWrite();
  await time.advance(2_000);
  expect(runs.get('run')?.status).toMatchObject({ metricResults: [{}, { count: 1 }] });
  go(2);
  await time.advance(20_000);
  cluster.answerAgain();
  await time.advance(20_000);
  cluster.heal();
  await time.advance(20_000);
  expect(runs.get('run')?.status).toMatchObject({ metricResults: [{}, { count: 2 }] });
  expect(events.map(({ reason }) => reason)).toEqual(['MetricSuccessful']);
});

it('runs that are over, and wait for their deletion, make the news of those that go on no rarer', async () => {
  let go: (count: number) => void = () => undefined;
  const status = (count: number) => ({
    ...{ phase: 'Running' as const, startedAt: '2026-11-25T00:00:00Z' },
    metricResults: [{ name: 'a', phase: 'Running' as const, count }],
  });
  const { time, runs, ...cluster } = await begin({
    handOver: () => Promise.resolve({ kind: 'known', status: status(1) }),
    async *follow(_selection, signal) {
      yield { kind: 'ready' };
      while (!signal.aborted) {
        const count = await new Promise<number>((resolve) => {
          go = resolve;
          signal.addEventListener('abort', () => {
            resolve(0);
          });
        });
        const owner = { namespace: 'shop', name: 'run', cluster: 'local' };
        yield { kind: 'run', run: { id: 'run', ...owner, labels: {}, status: status(count) } };
      }
    },
  });
  const over = { phase: 'Successful', completedAt: '2026-11-25T00:00:00Z' };
  const spec = { ttlStrategy: { secondsAfterCompletion: 3_600 } };
  for (let index = 0; index < 1_000; index++) cluster.create(`over-${index}`, { status: over, spec });
  cluster.create('run');
  await time.advance(2_000);
  expect(runs.get('run')?.status).toEqual(status(1));
  go(2);
  await time.advance(1_000);
  expect(runs.get('run')?.status).toEqual(status(2));
});

it('a spec that is nested too deeply to be sent is an Error', async () => {
  const { time, runs, ...cluster } = await begin({
    handOver: () => Promise.reject(new Error('it was handed over')),
  });
  const jsonBody: unknown = JSON.parse(`${'['.repeat(9_000)}${']'.repeat(9_000)}`);
  const make = vi.spyOn(globalThis, 'structuredClone').mockImplementation((value) => value);
  cluster.create('run', { spec: { jsonBody } });
  await time.advance(10_000);
  make.mockRestore();
  expect(runs.get('run')?.status).toMatchObject({
    ...{ phase: 'Error', message: 'Analysis spec invalid: spec: is nested too deeply' },
  });
});

it('what is given up as the controller ends is no trouble', async () => {
  const { time, log, ...cluster } = await begin({
    handOver: () =>
      new Promise((resolve) => {
        time.set(() => {
          resolve({ kind: 'known', status: { phase: 'Failed' } });
        }, 1_000);
      }),
  });
  cluster.create('run');
  await time.advance(500);
  cluster.cutAfterWrite();
  await cluster.stop();
  expect(log.filter(({ level }) => level === 'warn')).toEqual([]);
});
