import { afterEach, describe, expect, it } from 'vitest';
import { createRedisEngine, type EngineDeps } from '../../service/engine/index.js';
import { Secret, SharedClock, systemClock } from '../../service/platform/index.js';
import { startRedis } from '../support/redis.js';
import { measurement, metric, realDeps, runOf } from './fixtures.js';

const MINUTES = 60_000;
const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

async function startEngine(clock: EngineDeps['clock']) {
  const redis = await startRedis();
  stops.push(() => redis.stop());
  const { deps, observed } = realDeps(() => Promise.resolve(measurement('Successful', clock.nowMs())));
  const engine = createRedisEngine(
    { ...deps, clock },
    { url: new Secret(redis.url), shards: 1, heartbeatMs: 100 },
  );
  stops.push(() => engine.stop());
  await engine.start();
  return { engine, observed };
}

/** A machine whose clock is wrong. */
const offBy = (ms: number) => ({ nowMs: () => systemClock.nowMs() + ms });

describe.each([5 * MINUTES, -5 * MINUTES])('a process whose machine is off by %i ms', (ms) => {
  it('has the time of Redis once it has started', async () => {
    const clock = new SharedClock(offBy(ms));
    await startEngine(clock);
    expect(Math.abs(clock.nowMs() - systemClock.nowMs())).toBeLessThan(600);
  });

  it('measures when it is time by the clock that counts, and not by that of its machine', async () => {
    // To BullMQ, which reads the machine's clock, it is the machine that is off.
    const { engine, observed } = await startEngine(offBy(ms));
    await engine.create(runOf([metric('web', { interval: '300ms', count: 4 })]), { id: 'run' });
    const ended = await engine.waitForCompletion('run', 15_000);
    expect(ended?.status).toMatchObject({ phase: 'Successful', metricResults: [{ count: 4 }] });
    expect(Math.max(...observed.lateness)).toBeLessThan(5);
    expect(Math.min(...observed.lateness)).toBeGreaterThanOrEqual(0);
    expect((await engine.health()).ready).toBe(true);
  });
});
