import { expect, it, vi } from 'vitest';
import type { Backend } from '../../service/engine/backend.js';
import { createEngine } from '../../service/engine/create-engine.js';
import { StoreAwayError } from '../../service/engine/index.js';
import { createMemoryStore } from '../../service/engine/memory/store.js';
import { createMemoryTimetable } from '../../service/engine/memory/timetable.js';
import { FakeTime } from './fake-time.js';
import { metric, realDeps, runOf, scripted } from './fixtures.js';

const RUN = runOf([metric('health')]);

/** An engine whose store stores what it is given and answers nothing. */
async function startEngine() {
  const time = new FakeTime();
  const memory = createMemoryStore();
  const away = { reads: 0, isAway: false, stores: true };
  const fail = () => Promise.reject(new StoreAwayError('the connection was lost'));
  const { asked, measure } = scripted(() => 'Successful');
  const { deps } = realDeps(measure);
  const timetable = createMemoryTimetable({
    ...{ clock: time, timers: time, log: deps.log },
    ...{ concurrency: 100, stopGraceMs: 10 },
  });
  const backend: Backend = {
    store: {
      ...memory,
      async create(...args) {
        if (!away.isAway) return memory.create(...args);
        if (away.stores) await memory.create(...args);
        return fail();
      },
      load(id) {
        if (!away.isAway) return memory.load(id);
        away.reads += 1;
        return fail();
      },
    },
    timetable: { ...timetable, heldMs: 10_000 },
    open: () => Promise.resolve(),
    close: () => Promise.resolve(),
    problems: () => Promise.resolve({ reasons: [], refusals: [] }),
  };
  const settings = { ...deps.settings, overdueAfterMs: 3_600_000 };
  const engine = createEngine(backend, { ...deps, clock: time, timers: time, settings });
  await engine.start();
  away.isAway = true;
  const create = (id: string) => expect(engine.create(RUN, { id })).rejects.toThrow(StoreAwayError);
  return { time, engine, away, asked, create };
}

it('a run that was stored without an answer is measured as soon as the store is back', async () => {
  const { time, engine, away, asked, create } = await startEngine();
  await create('run-1');
  await time.advance(3_000);
  expect(asked).toHaveLength(0);
  away.isAway = false;
  await time.advance(500);
  expect((await engine.get('run-1'))?.status?.phase).toBe('Successful');
  await engine.stop();
});

it('one that was not, or has another run in its place, is left alone', async () => {
  const { time, engine, away, asked, create } = await startEngine();
  away.stores = false;
  await create('run-1');
  away.isAway = false;
  const later = runOf([metric('health', { initialDelay: '1h' })]);
  await engine.create(later, { id: 'run-1' });
  await time.advance(3_000);
  expect(asked).toHaveLength(0);
  expect((await engine.get('run-1'))?.status?.phase).toBe('Running');
  await engine.stop();
});

it('is asked for no longer than it is held, nor when the process stops, and of any number of runs', async () => {
  const warned: string[] = [];
  vi.spyOn(process, 'emitWarning').mockImplementation((warning) => {
    warned.push(String(warning));
  });
  const { time, engine, away, create } = await startEngine();
  await Promise.all(Array.from({ length: 20 }, (_, n) => create(`run-${n}`)));
  await time.advance(60_000);
  expect(away.reads).toBe(20 * 20);
  await create('last');
  await engine.stop();
  const { reads } = away;
  await time.advance(60_000);
  expect(away.reads).toBe(reads);
  expect(warned).toEqual([]);
});
