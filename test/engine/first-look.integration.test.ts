import { expect, it } from 'vitest';
import { type Engine, type EngineSettings, StoreAwayError } from '../../service/engine/index.js';
import { Secret } from '../../service/platform/index.js';
import { eventually } from '../support/eventually.js';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.js';
import { gated, metric, realDeps, runOf, scripted } from './fixtures.js';
import { redisOfEachTest } from './redis-of-test.js';

/** The first look at a run that is taken where it was created, without a job. */
const PREFIX = 'first';
/** A series is held for a third of this. */
const LOCK_MS = 900;
const RUN = runOf([metric('health')]);
const own = redisOfEachTest(PREFIX);

function startEngine(
  { measure }: Pick<ReturnType<typeof scripted>, 'measure'>,
  settings: Partial<EngineSettings> = {},
  url = own.redis.url,
): Promise<Engine> {
  const { deps } = realDeps(measure, settings);
  return own.startEngine(deps, { url: new Secret(url), lockMs: LOCK_MS, heartbeatMs: 200 });
}

/** Answers when it is told to, but for the runs whose ticks tell the time. */
function holding() {
  const [released, release] = gated();
  const script = scripted(async (name) => {
    if (name !== 'beat') await released;
    return 'Successful' as const;
  });
  return { ...script, release };
}

const isAsked = ({ asked }: ReturnType<typeof scripted>) =>
  eventually('it is asked', () => (asked.length > 0 ? true : undefined));

const jobs = async (): Promise<readonly string[]> =>
  (await own.client.keys('*:ticks-web:run-1/*')).filter((key) => !key.endsWith(':lock'));

/** As long as several sweeps of all processes, and holds, take. */
const sweptOften = async (engine: Engine): Promise<void> => {
  const clock = await engine.create(runOf([metric('beat', { interval: '100ms', count: 25 })]), {
    id: 'beat',
  });
  await engine.waitForCompletion(clock.run.metadata?.uid ?? '', 20_000);
};

it('needs no job, and is taken by no other process however long it takes and how often it is asked for', async () => {
  const script = holding();
  const first = await startEngine(script);
  const other = scripted(() => 'Successful');
  const second = await startEngine(other);
  await first.create(RUN, { id: 'run-1' });
  await isAsked(script);
  expect(await jobs()).toEqual([]);
  const again = await Promise.all([first, second].map((engine) => engine.create(RUN, { id: 'run-1' })));
  expect(again.map(({ created }) => created)).toEqual([false, false]);
  await sweptOften(second);
  expect(await second.create(RUN, { id: 'run-1' })).toMatchObject({ created: false });
  script.release();
  expect((await second.waitForCompletion('run-1', 5_000))?.status).toMatchObject({
    ...{ phase: 'Successful', metricResults: [{ count: 1 }] },
  });
  const asked = [...script.asked, ...other.asked].filter(({ run }) => run.id === 'run-1');
  expect(asked).toHaveLength(1);
});

it('is taken by another process when its own can not hold it any more', async () => {
  const script = holding();
  const proxy: TcpProxy = await startTcpProxy(Number(new URL(own.redis.url).port));
  own.onEnd(() => proxy.close());
  const lost = await startEngine(script, {}, `redis://127.0.0.1:${proxy.port}`);
  const other = scripted(() => 'Successful');
  const engine = await startEngine(other);
  await lost.create(RUN, { id: 'run-1' });
  await isAsked(script);
  proxy.cut();
  expect((await engine.waitForCompletion('run-1', 10_000))?.status).toMatchObject({ phase: 'Successful' });
  expect(other.asked).toHaveLength(1);
  script.release();
  proxy.heal();
});

it('is handed over at once when its process stops', async () => {
  const script = holding();
  const first = await startEngine(script, { stopGraceMs: 50 });
  // Without a sweep, which would find it too.
  const other = scripted(() => 'Successful');
  const engine = await startEngine(other, { sweepIntervalMs: 60_000 });
  await first.create(RUN, { id: 'run-1' });
  await isAsked(script);
  await first.stop();
  expect((await engine.waitForCompletion('run-1', 10_000))?.status).toMatchObject({ phase: 'Successful' });
  expect(other.asked).toHaveLength(1);
});

it('is waited for when its process stops', async () => {
  const script = holding();
  const engine = await startEngine(script);
  await engine.create(RUN, { id: 'run-1' });
  await isAsked(script);
  const stopped = engine.stop();
  script.release();
  await stopped;
  const reader = await startEngine(
    scripted(() => 'Error'),
    { work: false },
  );
  expect((await reader.get('run-1'))?.status).toMatchObject({ phase: 'Successful' });
});

it('goes through the queue where no place is free, and where nobody works', async () => {
  const script = holding();
  const engine = await startEngine(script, { concurrency: 1 });
  await engine.create(RUN, { id: 'run-0' });
  await isAsked(script);
  await engine.create(RUN, { id: 'run-1' });
  await eventually('it has a job', async () => ((await jobs()).length === 1 ? true : undefined));
  script.release();
  expect((await engine.waitForCompletion('run-1', 5_000))?.status).toMatchObject({ phase: 'Successful' });

  const idle = await startEngine(
    scripted(() => 'Error'),
    { work: false },
  );
  await idle.create(RUN, { id: 'run-2' });
  expect((await idle.waitForCompletion('run-2', 5_000))?.status).toMatchObject({ phase: 'Successful' });
  expect(script.asked).toHaveLength(3);
});

it('ends at once with a run that is ended meanwhile', async () => {
  const script = holding();
  const engine = await startEngine(script);
  await engine.create(RUN, { id: 'run-1' });
  await isAsked(script);
  await engine.terminate('run-1');
  expect((await engine.waitForCompletion('run-1', 5_000))?.status?.phase).toBe('Successful');
  script.release();
  expect(script.asked).toHaveLength(1);
});

it('is taken soon after its process was told nothing of what it had stored, and is asked for once more', async () => {
  const proxy = await startTcpProxy(Number(new URL(own.redis.url).port));
  own.onEnd(() => proxy.close());
  const script = scripted(() => 'Successful');
  // As they are by default: without a hand in it the series would be held for 10 s and found by a sweep within 30 s.
  const asDefault = { lockMs: 30_000, heartbeatMs: 5_000 };
  const { deps } = realDeps(script.measure, { sweepIntervalMs: 30_000, overdueAfterMs: 5_000 });
  const url = new Secret(`redis://127.0.0.1:${proxy.port}`);
  const lost = await own.startEngine(deps, { ...asDefault, url });
  const engine = await own.startEngine(deps, asDefault);
  await lost.create(RUN, { id: 'run-0' });
  await lost.waitForCompletion('run-0', 5_000);
  proxy.treat({ latencyMs: 300 });
  const refused = lost.create(RUN, { id: 'run-1' }).catch((error: unknown) => error);
  await eventually('it is stored', () => engine.get('run-1'));
  proxy.cut();
  expect(await refused).toBeInstanceOf(StoreAwayError);
  proxy.treat({});
  proxy.heal();
  expect((await engine.create(RUN, { id: 'run-1' })).created).toBe(false);
  expect((await engine.waitForCompletion('run-1', 4_000))?.status).toMatchObject({ phase: 'Successful' });
  expect(script.asked.map(({ run }) => run.id)).toEqual(['run-0', 'run-1']);
});
