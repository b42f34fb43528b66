import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Metric } from '../../schemas/index.js';
import {
  type Engine,
  type EngineDeps,
  type EngineSettings,
  IdConflictError,
  type RunEvent,
} from '../../service/engine/index.js';

import { gated, metric, realDeps, runOf, scripted } from './fixtures.js';

const WAIT_MS = 10_000;
const never = new AbortController().signal;

/**
 * What every backend must do, whatever it keeps runs in. `makeEngine` makes an engine with no runs in it; `share` makes
 * another one over the runs of the first, for backends that can be shared.
 */
export function describeEngine(backend: string, makeEngine: (deps: EngineDeps) => Promise<Engine>): void {
  describe(`the ${backend} engine`, () => {
    const engines: Engine[] = [];
    const begin = async (
      phaseOf: Parameters<typeof scripted>[0],
      settings: Partial<EngineSettings> = {},
      describe?: EngineDeps['describe'],
    ) => {
      const { measure, asked } = scripted(phaseOf);
      const { deps, observed } = realDeps(measure, settings);
      const engine = await makeEngine({ ...deps, ...(describe === undefined ? {} : { describe }) });
      engines.push(engine);
      await engine.start();
      return { engine, asked, observed };
    };
    afterEach(async () => {
      await Promise.all(engines.splice(0).map((engine) => engine.stop()));
    });

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

    it('gives a new run an id, a name, a namespace and its times', async () => {
      const { engine } = await begin(() => 'Successful');
      const { created, run } = await engine.create({ spec: { metrics: [metric('web')] } });
      expect(created).toBe(true);
      expect(run.metadata?.namespace).toBe('default');
      expect(run.metadata?.name).toMatch(/^analysis-\w{8}$/);
      expect(run.metadata?.uid).toMatch(/^[\w-]{36}$/);
      expect(Date.parse(run.status?.startedAt ?? '')).toBeGreaterThan(0);
      const ended = await engine.waitForCompletion(run.metadata?.uid ?? '', WAIT_MS);
      expect(Date.parse(ended?.status?.completedAt ?? '')).toBeGreaterThanOrEqual(
        Date.parse(run.status?.startedAt ?? ''),
      );
    });

    it('ends a run whose spec can not be measured with the message of the rules', async () => {
      const { engine, asked, observed } = await begin(() => 'Successful');
      const { run } = await engine.create(runOf([metric('web', { count: 2 })]));
      expect(run.status).toMatchObject({ phase: 'Error', verdict: 'rollback' });
      expect(run.status?.message).toContain('interval must be specified when count > 1');
      expect(asked).toEqual([]);
      expect(observed.verdicts).toEqual(['Error']);
    });

    it('answers a repeated request with the first run and refuses another one under its id or key', async () => {
      const { engine, asked } = await begin(() => 'Successful');
      const run = runOf([metric('web')]);
      for (const options of [{ id: 'a-uid' }, { idempotencyKey: 'build 17' }]) {
        const first = await engine.create(run, options);
        const again = await engine.create(runOf([metric('web')]), options);
        expect([first.created, again.created]).toEqual([true, false]);
        expect(again.run.metadata?.uid).toBe(first.run.metadata?.uid);
        await expect(engine.create(runOf([metric('other')]), options)).rejects.toThrow(IdConflictError);
        await engine.waitForCompletion(first.run.metadata?.uid ?? '', WAIT_MS);
      }
      expect(asked).toHaveLength(2);
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

    it('waits no longer than asked for, and not for runs that are not there', async () => {
      const { engine } = await begin(() => 'Successful');
      await engine.create(runOf([metric('web', { interval: '1h' })]), { id: 'a' });
      expect((await engine.waitForCompletion('a', 30))?.status?.phase).toBe('Running');
      expect((await engine.waitForCompletion('a', WAIT_MS, AbortSignal.timeout(30)))?.status?.phase).toBe(
        'Running',
      );
      expect(await engine.waitForCompletion('unknown', WAIT_MS)).toBeUndefined();
    });

    it('tells measurements, ended metrics and the verdict, and goes on after any event', async () => {
      const { engine } = await begin(() => 'Successful');
      await engine.create(runOf([metric('one', { interval: '20ms', count: 2 }), metric('two')]), { id: 'a' });
      const events: RunEvent[] = [];
      for await (const event of engine.events('a', undefined, never)) events.push(event);
      expect(count(events, 'measurement')).toBe(3);
      expect(count(events, 'metric')).toBe(2);
      expect(events.at(-1)).toMatchObject({ kind: 'verdict', run: { status: { verdict: 'promote' } } });
      for (const [index, { id }] of events.entries()) {
        const rest: RunEvent[] = [];
        for await (const event of engine.events('a', id, never)) rest.push(event);
        expect(rest.map(({ kind }) => kind).sort()).toEqual(
          events
            .slice(index + 1)
            .map(({ kind }) => kind)
            .sort(),
        );
      }
    });

    it('knows a repeated request whatever an API server or a template has changed meanwhile', async () => {
      const { engine } = await begin(() => 'Successful');
      const object = (resourceVersion: string, labels = { app: 'shop' }) =>
        runOf([metric('web')], {
          metadata: { name: 'checkout', namespace: 'shop', uid: 'a', resourceVersion, labels },
        });
      expect((await engine.create(object('1'), { id: 'a' })).created).toBe(true);
      expect((await engine.create(object('2'), { id: 'a' })).created).toBe(false);
      await expect(engine.create(object('2', { app: 'other' }), { id: 'a' })).rejects.toThrow(
        IdConflictError,
      );

      const request = { templates: [{ name: 'errors' }] };
      const first = await engine.create(runOf([metric('web')]), { idempotencyKey: 'k', request });
      const built = runOf([metric('web', { failureLimit: 2 })]);
      const again = await engine.create(built, {
        idempotencyKey: 'k',
        request: { templates: [{ name: 'errors' }] },
      });
      expect([again.created, again.run.metadata?.uid]).toEqual([false, first.run.metadata?.uid]);
      await expect(engine.create(built, { idempotencyKey: 'k', request: {} })).rejects.toThrow(
        IdConflictError,
      );
    });

    it('reads a bounded number of runs for a page of a filtered list, and goes on in the next one', async () => {
      const { engine } = await begin(() => 'Successful');
      const invalid = runOf([metric('web', { count: 2 })]);
      await engine.create(runOf([metric('web', { interval: '1h' })]), { id: 'oldest' });
      for (let nth = 0; nth < 1_050; nth++) await engine.create(invalid, { id: `run-${nth}` });
      const first = await engine.list({ limit: 10, phase: 'Running' });
      expect(first.items).toEqual([]);
      const second = await engine.list({ limit: 10, phase: 'Running', continue: first.continue ?? '' });
      expect(second.items.map(({ metadata }) => metadata?.uid)).toEqual(['oldest']);
      expect(second.continue).toBeUndefined();
    });

    it('lists runs newest first, by namespace and phase, in pages', async () => {
      const { engine } = await begin((name) => (name === 'bad' ? 'Failed' : 'Successful'));
      const ids = ['r0', 'r1', 'r2', 'r3', 'r4'];
      for (const [index, id] of ids.entries()) {
        const namespace = index === 2 ? 'other' : 'shop';
        await engine.create(
          runOf([metric(index === 3 ? 'bad' : 'good')], { metadata: { name: id, namespace } }),
          { id },
        );
        await engine.waitForCompletion(id, WAIT_MS);
      }
      const listed = async (query: Parameters<Engine['list']>[0]) => {
        const { items, continue: next } = await engine.list(query);
        return { ids: items.map(({ metadata }) => metadata?.uid), next };
      };
      expect((await listed({ limit: 10 })).ids).toEqual(['r4', 'r3', 'r2', 'r1', 'r0']);
      expect((await listed({ limit: 10, namespace: 'shop' })).ids).toEqual(['r4', 'r3', 'r1', 'r0']);
      expect((await listed({ limit: 10, phase: 'Failed' })).ids).toEqual(['r3']);
      expect((await listed({ limit: 10, matches: ({ metadata }) => metadata?.name === 'r1' })).ids).toEqual([
        'r1',
      ]);
      const first = await listed({ limit: 2, namespace: 'shop' });
      expect(first.ids).toEqual(['r4', 'r3']);
      expect((await listed({ limit: 2, namespace: 'shop', continue: first.next ?? '' })).ids).toEqual([
        'r1',
        'r0',
      ]);
      await expect(engine.list({ limit: 2, continue: 'nonsense' })).rejects.toThrow(
        'continue: not a token of this list',
      );
      expect(await engine.runsByPhase()).toMatchObject({ Successful: 4, Failed: 1 });
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
  });
}

const count = (events: readonly RunEvent[], kind: RunEvent['kind']): number =>
  events.filter((event) => event.kind === kind).length;

/** Waits until what `check` expects holds. */
const until = (check: () => void | Promise<void>): Promise<void> =>
  vi.waitFor(check, { timeout: WAIT_MS, interval: 10 });
