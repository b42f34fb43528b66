import { expect, it } from 'vitest';
import { type Engine, IdConflictError, type RunEvent } from '../../service/engine/index.js';
import { type BeginEngine, WAIT_MS } from './begin-engine.js';
import { metric, runOf } from './fixtures.js';

const never = new AbortController().signal;

/** What every backend must answer to whoever starts, awaits, follows and lists runs. */
export function requestContract(begin: BeginEngine): void {
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

  it('knows a repeated request whatever an API server or a template has changed meanwhile', async () => {
    const { engine } = await begin(() => 'Successful');
    const object = (resourceVersion: string, labels = { app: 'shop' }) =>
      runOf([metric('web')], {
        metadata: { name: 'checkout', namespace: 'shop', uid: 'a', resourceVersion, labels },
      });
    expect((await engine.create(object('1'), { id: 'a' })).created).toBe(true);
    expect((await engine.create(object('2'), { id: 'a' })).created).toBe(false);
    await expect(engine.create(object('2', { app: 'other' }), { id: 'a' })).rejects.toThrow(IdConflictError);

    const request = { templates: [{ name: 'errors' }] };
    const first = await engine.create(runOf([metric('web')]), { idempotencyKey: 'k', request });
    const built = runOf([metric('web', { failureLimit: 2 })]);
    const again = await engine.create(built, {
      idempotencyKey: 'k',
      request: { templates: [{ name: 'errors' }] },
    });
    expect([again.created, again.run.metadata?.uid]).toEqual([false, first.run.metadata?.uid]);
    await expect(engine.create(built, { idempotencyKey: 'k', request: {} })).rejects.toThrow(IdConflictError);
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
}

const count = (events: readonly RunEvent[], kind: RunEvent['kind']): number =>
  events.filter((event) => event.kind === kind).length;
