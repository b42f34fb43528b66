import { expect, it } from 'vitest';
import { createMemoryEngine } from '../../service/engine/index.js';
import { FakeTime } from './fake-time.js';
import { measurement, metric, realDeps, runOf } from './fixtures.js';

it('keeps with a metric what its store last said of it, before what is known without asking', async () => {
  const time = new FakeTime();
  const said = [undefined, { query: 'first' }, { query: 'second' }, undefined];
  let nth = 0;
  const { deps } = realDeps(({ onMetricMetadata }) => {
    const metadata = said[nth];
    nth += 1;
    if (metadata !== undefined) onMetricMetadata?.(metadata);
    return Promise.resolve(measurement('Successful', time.nowMs()));
  });
  const engine = createMemoryEngine({
    ...deps,
    clock: time,
    timers: time,
    describe: () => ({ query: 'unasked' }),
  });
  await engine.start();
  await engine.create(runOf([metric('m', { interval: '10s', count: 4 })]), { id: 'a' });
  const kept: unknown[] = [];
  for (let looks = 0; looks < said.length; looks += 1) {
    await time.advance(looks === 0 ? 1_000 : 10_000);
    kept.push((await engine.get('a'))?.status?.metricResults?.[0]?.metadata);
  }
  expect(kept).toEqual([{ query: 'unasked' }, { query: 'first' }, { query: 'second' }, { query: 'second' }]);
  await engine.stop();
});
