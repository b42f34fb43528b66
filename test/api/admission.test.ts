import supertest from 'supertest';
import { afterEach, describe, expect, it } from 'vitest';
import type { AnalysisRun, Problem } from '../../schemas/index.js';
import { admitting } from '../../service/api/admission.js';
import { createApi } from '../../service/api/index.js';
import { RequestError } from '../../service/api/request-error.js';
import {
  createMemoryEngine,
  type Engine,
  IdConflictError,
  type RunArchive,
} from '../../service/engine/index.js';
import { createLog, createMetrics } from '../../service/platform/index.js';
import { archivedRun } from '../archive/fixtures.js';
import { FakeTime } from '../engine/fake-time.js';
import { metric, realDeps, runOf, scripted } from '../engine/fixtures.js';
import { eventually } from '../support/eventually.js';
import { notAsked } from './fixtures.js';

const log = createLog({ level: 'silent' });
const script = scripted(() => 'Successful');
const endless = (namespace = 'shop'): AnalysisRun => ({
  kind: 'AnalysisRun',
  ...runOf([metric('slow', { interval: '1h', initialDelay: '1h' })]),
  metadata: { name: 'checkout', namespace },
});

let engine: Engine | undefined;
afterEach(() => engine?.stop());
const started = async (maxRunsPerNamespace?: number): Promise<Engine> => {
  const { deps } = realDeps(script.measure, maxRunsPerNamespace === undefined ? {} : { maxRunsPerNamespace });
  engine = createMemoryEngine(deps);
  await engine.start();
  return engine;
};

describe('runs are taken on', () => {
  it('until as many of a namespace go on as may: 429, and when to come again', async () => {
    const metrics = createMetrics({ version: '1', nodeMetrics: false });
    const api = supertest(createApi({ engine: await started(1), metrics, log, measureOnce: notAsked }));
    await api.put('/v1/analysisruns/a').send(endless()).expect(201);
    const refused = await api.put('/v1/analysisruns/b').send(endless()).expect(429);
    expect(refused.headers['retry-after']).toBe('10');
    expect((refused.body as Problem).detail).toBe(
      'the namespace "shop" has 1 run going on, which is as many as may at once: try again',
    );
    await api.put('/v1/analysisruns/a').send(endless()).expect(200);
    await api.delete('/v1/analysisruns/a').expect(204);
    await api.put('/v1/analysisruns/b').send(endless()).expect(201);
    expect(await metrics.text()).toContain('assay_runs_refused_total{reason="running"} 1');
  });

  it('until as many of a namespace were started in a second as may, which come back in its course', async () => {
    let nowMs = 0;
    const refusals: string[] = [];
    const limited = admitting(await started(), {
      ...{ limits: { maxStartsPerSecond: 2 }, log, nowMs: () => nowMs },
      metrics: { runRefused: (reason) => refusals.push(reason) },
    });
    const outcome = async (namespace = 'shop') => {
      try {
        return (await limited.create(endless(namespace))).created;
      } catch (error) {
        if (!(error instanceof RequestError)) throw error;
        return [error.status, error.retryAfterS];
      }
    };
    expect([await outcome(), await outcome(), await outcome()]).toEqual([true, true, [429, 1]]);
    expect(await outcome('bank')).toBe(true);
    nowMs += 500;
    expect([await outcome(), await outcome()]).toEqual([true, [429, 1]]);
    nowMs += 60_000;
    expect([await outcome(), await outcome(), await outcome()]).toEqual([true, true, [429, 1]]);
    expect(refusals).toEqual(['rate', 'rate', 'rate']);
    // A run without a namespace is in that of the same name as one that says so.
    expect([await outcome(''), await outcome('default'), await outcome('')]).toEqual([true, true, [429, 1]]);
  });

  it('once for a request that is repeated, also while it is started, whatever was started beside it', async () => {
    const real = await started();
    let release = (): void => undefined;
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const limited = admitting(
      {
        ...real,
        create: async (run, options) => {
          await gate;
          return real.create(run, options);
        },
      },
      {
        ...{ limits: { maxStartsPerSecond: 2 }, log, nowMs: () => 0 },
        metrics: { runRefused: () => undefined },
      },
    );
    const request = { templates: [{ spec: endless().spec }] };
    const all = [{ id: 'a' }, { idempotencyKey: 'k', request }].map((options) =>
      Promise.all(Array.from({ length: 40 }, () => limited.create(endless(), options))),
    );
    release();
    for (const answers of await Promise.all(all)) {
      expect(answers.filter(({ created }) => created)).toHaveLength(1);
      expect(new Set(answers.map(({ run }) => run.metadata?.uid)).size).toBe(1);
    }
    // The two that may be started are: another run, and another request under an id, are refused.
    await expect(limited.create(endless(), { id: 'b' })).rejects.toMatchObject({ status: 429 });
    await expect(limited.create(endless(), { id: 'a', request })).rejects.toMatchObject({ status: 429 });
    expect((await limited.create(endless(), { id: 'a' })).created).toBe(false);
  });

  it('a hundred times a second and more if they are there, but not without end', async () => {
    const limited = admitting(await started(), {
      ...{ limits: { maxStartsPerSecond: 2 }, log, nowMs: () => 0 },
      metrics: { runRefused: () => undefined },
    });
    for (let time = 0; time < 100; time++)
      expect((await limited.create(endless(), { id: 'a' })).created).toBe(time === 0);
    await expect(limited.create(endless(), { id: 'a' })).rejects.toMatchObject({
      status: 429,
      message:
        '100 runs of the namespace "shop" were asked for within a second, which is as many as may: try again',
    });
    // Nobody else's starts are held back by it.
    expect((await limited.create(endless('bank'), { id: 'b' })).created).toBe(true);
  });

  it('after one look at the archive, which has a second to answer, and of which it is known then', async () => {
    const time = new FakeTime();
    const { deps } = realDeps(script.measure);
    let looks = 0;
    let find: RunArchive['find'] = () => new Promise<never>(() => undefined);
    const archive: RunArchive = {
      keep: () => Promise.resolve(),
      find(id) {
        looks += 1;
        return find(id);
      },
      forget: () => Promise.resolve(),
      close: () => Promise.resolve(),
    };
    engine = createMemoryEngine({ ...deps, clock: time, timers: time, archive });
    await engine.start();
    const limited = admitting(engine, {
      ...{ limits: { maxStartsPerSecond: 100 }, log, nowMs: () => 0 },
      metrics: { runRefused: () => undefined },
    });
    let created = 0;
    // The second one comes while the first one is on its way, and looks once more after it.
    const both = [1, 2].map(() =>
      limited.create(endless(), { id: 'a' }).then((answer) => {
        created += answer.created ? 1 : 0;
      }),
    );
    await time.advance(999);
    expect(created).toBe(0);
    await time.advance(1);
    await Promise.all(both);
    expect([created, looks]).toEqual([1, 2]);

    // An answer holds for all looks of its request, also one that is another's run.
    looks = 0;
    find = (id) =>
      Promise.resolve(id === 'b' ? archivedRun('b', { fingerprint: 'of another request' }) : undefined);
    await expect(limited.create(endless(), { id: 'b' })).rejects.toThrow(IdConflictError);
    expect((await limited.create(endless(), { id: 'c' })).created).toBe(true);
    expect(looks).toBe(2);
    const stopped = engine.stop();
    await time.advance(60_000);
    await stopped;
  });

  it('when they are there already although measurements are late', async () => {
    const limited = admitting(
      {
        ...(await started()),
        queueDepth: () => Promise.resolve({ waiting: 0, delayed: 0, active: 0, overdue: 7 }),
      },
      {
        ...{ limits: { maxOverdue: 7 }, log, nowMs: () => 0 },
        metrics: { runRefused: () => undefined },
      },
    );
    await limited.create(endless(), { id: 'a' });
    expect((await limited.create(endless(), { id: 'a' })).created).toBe(false);
    await expect(limited.create(endless(), { id: 'b' })).rejects.toMatchObject({ status: 503 });
  });

  it('until too many measurements are late: 503, and again when they are not', async () => {
    let nowMs = 0;
    let overdue = 7;
    const limited = admitting(
      {
        ...(await started()),
        queueDepth: () => Promise.resolve({ waiting: 0, delayed: 0, active: 0, overdue }),
      },
      {
        ...{ limits: { maxOverdue: 7 }, log, nowMs: () => nowMs },
        metrics: { runRefused: () => undefined },
      },
    );
    // The first look is taken by the first request, which does not wait for it.
    await limited.create(endless());
    await expect(limited.create(endless())).rejects.toMatchObject({ status: 503, retryAfterS: 5 });
    overdue = 6;
    nowMs += 1_000;
    await eventually('it was looked again', () =>
      limited.create(endless()).then(
        () => true,
        () => undefined,
      ),
    );
  });
});
