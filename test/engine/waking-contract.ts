import { afterEach, describe, expect, it } from 'vitest';
import type { Engine, EngineDeps } from '../../service/engine/index.js';
import { eventually } from '../support/eventually.js';
import { measurement, metric, realDeps, runOf } from './fixtures.js';

const HOUR_MS = 3_600_000;

/** What every backend must do with news of a measurement in flight, and with what old measurements left behind. */
export function describeWaking(backend: string, makeEngine: (deps: EngineDeps) => Promise<Engine>): void {
  describe(`the ${backend} engine with measurements in flight`, () => {
    const engines: Engine[] = [];
    const begin = async (deps: EngineDeps): Promise<Engine> => {
      const engine = await makeEngine(deps);
      engines.push(engine);
      await engine.start();
      return engine;
    };
    afterEach(async () => {
      await Promise.all(engines.splice(0).map((engine) => engine.stop()));
    });

    it('resumes a measurement that has news before its time', async () => {
      const asked: string[] = [];
      const { deps } = realDeps(({ op }) => {
        asked.push(op);
        const resumeAt = new Date(Date.now() + HOUR_MS).toISOString();
        return Promise.resolve(
          op === 'measure'
            ? measurement('Running', Date.now(), { resumeAt })
            : measurement('Successful', Date.now()),
        );
      });
      const engine = await begin(deps);
      const { run } = await engine.create(runOf([metric('web')]));
      const id = run.metadata?.uid ?? '';
      await eventually('the measurement is in flight', async () => {
        const results = (await engine.get(id))?.status?.metricResults;
        return results?.[0]?.measurements?.[0]?.resumeAt;
      });
      await engine.wake(id, 'web');
      const ended = await engine.waitForCompletion(id, 10_000);
      expect(ended?.status?.phase).toBe('Successful');
      expect(asked).toEqual(['measure', 'resume']);
    });

    it.each([
      ['long ago', () => 0],
      ['at once', () => Date.now() + 1],
    ])('pauses between looks at a measurement that is to be looked at %s', async (_when, resumeAtMs) => {
      const looks: number[] = [];
      const { deps } = realDeps(() => {
        looks.push(performance.now());
        return Promise.resolve(
          looks.length <= 20
            ? measurement('Running', Date.now(), { resumeAt: new Date(resumeAtMs()).toISOString() })
            : measurement('Successful', Date.now()),
        );
      });
      const engine = await begin(deps);
      const { run } = await engine.create(runOf([metric('web')]));
      const ended = await engine.waitForCompletion(run.metadata?.uid ?? '', 10_000);
      expect(ended?.status?.phase).toBe('Successful');
      expect(looks).toHaveLength(21);
      // A timer may ring a millisecond early.
      expect((looks.at(-1) ?? 0) - (looks[0] ?? 0)).toBeGreaterThan(20 * 9);
    });

    it('leaves a metric alone that has no measurement in flight, and takes news of unknown runs', async () => {
      const asked: string[] = [];
      const { deps } = realDeps(({ op }) => {
        asked.push(op);
        return Promise.resolve(measurement('Successful', Date.now()));
      });
      const engine = await begin(deps);
      const { run } = await engine.create(runOf([metric('web', { interval: '1h', count: 2 })]));
      const id = run.metadata?.uid ?? '';
      await eventually('the first measurement is there', async () => {
        const results = (await engine.get(id))?.status?.metricResults;
        return results?.[0]?.measurements?.[0];
      });
      await engine.wake(id, 'web');
      await engine.wake(id, 'other');
      await engine.wake('nobody', 'web');
      expect(await engine.queueDepth()).toMatchObject({ waiting: 0, active: 0 });
      expect(asked).toEqual(['measure']);
    });

    it('collects garbage once a metric has more measurements than it keeps, and a failure changes nothing', async () => {
      const collected: unknown[] = [];
      const { deps } = realDeps(({ measurementNumber }) =>
        Promise.resolve(measurement('Successful', Date.now(), { value: String(measurementNumber) })),
      );
      const engine = await begin({
        ...deps,
        collectGarbage: ({ limit, metric: { metric: of }, run: { name } }) => {
          collected.push({ limit, metric: of.name, run: name });
          return Promise.reject(new Error('the cluster is away'));
        },
      });
      const metrics = [metric('web', { interval: '10ms', count: 4 })];
      const { run } = await engine.create(
        runOf(metrics, { spec: { metrics, measurementRetention: [{ metricName: 'web', limit: 2 }] } }),
      );
      const ended = await engine.waitForCompletion(run.metadata?.uid ?? '', 10_000);
      expect(ended?.status?.phase).toBe('Successful');
      expect(ended?.status?.metricResults?.[0]?.measurements?.map(({ value }) => value)).toEqual(['3', '4']);
      expect(collected).toEqual(Array(2).fill({ limit: 2, metric: 'web', run: 'checkout' }));
    });
  });
}
