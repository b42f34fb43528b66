import { afterEach, expect, it } from 'vitest';
import { createRedisEngine, type Engine, type EngineSettings } from '../../service/engine/index.js';
import { Secret } from '../../service/platform/index.js';
import { eventually } from '../support/eventually.js';
import { startRedis } from '../support/redis.js';
import { startTcpProxy } from '../support/tcp-proxy.js';
import { metric, realDeps, runOf, scripted } from './fixtures.js';

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

/** An engine over a network that can be torn. */
async function begin(settings: Partial<EngineSettings>) {
  const redis = await startRedis();
  stops.push(() => redis.stop());
  const proxy = await startTcpProxy(redis.port);
  stops.push(() => proxy.close());
  const { measure, asked } = scripted(() => 'Successful');
  const { deps } = realDeps(measure, settings);
  const url = new Secret(`redis://127.0.0.1:${proxy.port}`);
  const engine = createRedisEngine(deps, { url, shards: 2, lockMs: 1_000, heartbeatMs: 200 });
  stops.push(() => engine.stop());
  await engine.start();
  return { engine, proxy, asked };
}
const slow = runOf([metric('web', { initialDelay: '1h' })]);
const ids = (name: string) => Array.from({ length: 40 }, (_, index) => `${name}-${index}`);
const createAll = (engine: Engine, all: readonly string[]) =>
  Promise.all(all.map((id) => engine.create(slow, { id })));

it('whatever is asked for at once is answered, though the connection ends amid the answers', async () => {
  const { engine, proxy } = await begin({ work: false });
  // The server must know the scripts, or all is asked twice.
  await createAll(engine, ['first', 'second', 'third']);
  for (const bytes of [1, 50, 700, 2_000, 10_000]) {
    proxy.tear(bytes);
    const all = ids(`run-${bytes}`);
    const created = await createAll(engine, all);
    // Each was created once, whether or not its first answer was lost.
    expect(created.map((each) => each.created)).toEqual(all.map(() => true));
    proxy.tear(bytes);
    const read = await Promise.all(all.map((id) => engine.get(id)));
    expect(read.map((run) => run?.metadata?.uid)).toEqual(all);
    proxy.tear(bytes);
    const forgotten = await Promise.all(all.map((id) => engine.forget(id)));
    expect(forgotten).toEqual(all.map(() => true));
  }
  expect(await engine.runsByPhase()).toEqual({ Running: 3 });
});

it('measurements go on at their times, though the connection ends amid the answers', async () => {
  // A job whose handing out was not heard of comes again after the time of its lock; what is not scheduled only with the sweeper.
  const { engine, proxy, asked } = await begin({ sweepIntervalMs: 30_000, overdueAfterMs: 5_000 });
  const all = ids('run');
  const quick = runOf([metric('web', { interval: '100ms', count: 20 })]);
  await Promise.all(all.map((id) => engine.create(quick, { id })));
  for (const bytes of [300, 900, 1_500, 3_000]) {
    // Two of each run, so that they are in full swing; 20 of each are far from over then.
    const enough = asked.length + 2 * all.length;
    await eventually('runs are measured', () => asked.length >= enough || undefined);
    proxy.tear(bytes);
  }
  const ended = await Promise.all(all.map((id) => engine.waitForCompletion(id, 20_000)));
  expect(ended.map((run) => [run?.status?.phase, run?.status?.metricResults?.[0]?.count])).toEqual(
    all.map(() => ['Successful', 20]),
  );
}, 60_000);
