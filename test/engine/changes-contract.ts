import { afterEach, describe, expect, it } from 'vitest';
import type { Engine, EngineDeps } from '../../service/engine/index.js';
import { metric, realDeps, runOf, scripted } from './fixtures.js';

/** What every backend must tell whoever follows all runs. */
export function describeChanges(backend: string, makeEngine: (deps: EngineDeps) => Engine): void {
  describe(`the ${backend} engine tells of all runs`, () => {
    const engines: Engine[] = [];
    const begin = async (): Promise<Engine> => {
      const engine = makeEngine(realDeps(scripted(() => 'Successful').measure).deps);
      engines.push(engine);
      await engine.start();
      return engine;
    };
    afterEach(async () => {
      await Promise.all(engines.splice(0).map((engine) => engine.stop()));
    });

    it('that have changed since it was asked, until nobody listens any more', async () => {
      const engine = await begin();
      await engine.create(runOf([metric('before')]), { id: 'before' });
      await engine.waitForCompletion('before', 10_000);
      const over = new AbortController();
      const verdicts = new Set<string>();
      let lists = 0;
      for await (const ids of engine.changes(over.signal)) {
        if (lists++ === 0) {
          expect(ids).toEqual([]);
          await engine.create(runOf([metric('m')]), { id: 'one' });
          await engine.create(runOf([metric('m')]), { id: 'two:changed:2' });
        }
        for (const id of ids) if ((await engine.get(id))?.status?.verdict !== undefined) verdicts.add(id);
        if (verdicts.size >= 2) over.abort();
      }
      expect([...verdicts].sort()).toEqual(['one', 'two:changed:2']);
    });

    it('by their ends alone, where they are told in turn and end before theirs', async () => {
      const engine = await begin();
      const over = new AbortController();
      const told: string[] = [];
      let lists = 0;
      for await (const ids of engine.changes(over.signal, { afterMs: 60_000, perSecond: 100 })) {
        if (lists++ === 0) {
          await engine.create(runOf([metric('m', { count: 5, interval: '50ms' })]), { id: 'measured' });
          await engine.create(runOf([metric('m', { interval: '1h' })]), { id: 'asked' });
        }
        for (const id of ids) told.push(`${id} ${(await engine.get(id))?.status?.phase ?? 'gone'}`);
        if (told.length === 1) await engine.forget('asked');
        if (told.length >= 2) over.abort();
      }
      expect(told).toEqual(['measured Successful', 'asked gone']);
    });

    it('but not of those that are passed over and only go on', async () => {
      const engine = await begin();
      const over = new AbortController();
      const told: string[] = [];
      let lists = 0;
      for await (const ids of engine.changes(over.signal, undefined, (id) => id === 'passed')) {
        told.push(...ids);
        if (lists++ === 0) {
          await engine.create(runOf([metric('m', { interval: '1h' })]), { id: 'passed' });
          await engine.create(runOf([metric('m')]), { id: 'other' });
          await engine.waitForCompletion('other', 10_000);
        } else if (told.includes('passed')) over.abort();
        else await engine.forget('passed');
      }
      expect([told[0], told.at(-1)]).toEqual(['other', 'passed']);
    });

    it('once for all changes that a slow reader has not taken', async () => {
      const engine = await begin();
      const over = new AbortController();
      const told: string[] = [];
      let lists = 0;
      for await (const ids of engine.changes(over.signal)) {
        told.push(...ids);
        if (lists++ === 0) {
          await engine.create(runOf([metric('m', { count: 5, interval: '5ms' })]), { id: 'one' });
          await engine.waitForCompletion('one', 10_000);
          await engine.forget('one');
          await engine.create(runOf([metric('m', { interval: '1h' })]), { id: 'last' });
        } else if (told.includes('last')) over.abort();
      }
      expect(told.filter((id) => id === 'one')).toEqual(['one']);
    });
  });
}
