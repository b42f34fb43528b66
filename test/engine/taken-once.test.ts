import { expect, it } from 'vitest';
import { createEngine } from '../../service/engine/create-engine.js';
import { createMemoryStore } from '../../service/engine/memory/store.js';
import type { RunStore } from '../../service/engine/ports.js';
import type { Tick, TickHandler, Timetable } from '../../service/engine/timetable-port.js';
import { eventually } from '../support/eventually.js';
import { measurement, metric, realDeps, runOf } from './fixtures.js';

it.each([
  { what: 'a measurement', fields: { count: 2, interval: '1h' }, phase: 'Running' },
  { what: 'a measurement with the verdict', fields: {}, phase: 'Successful' },
])(
  '$what that is being stored is not taken again by a tick that comes meanwhile',
  async ({ fields, phase }) => {
    const memory = createMemoryStore();
    let storing = 0;
    let release = (): void => undefined;
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    const store: RunStore = {
      ...memory,
      async commit(change) {
        storing += 1;
        await released;
        return memory.commit(change);
      },
      async finish(...end) {
        storing += 1;
        await released;
        return memory.finish(...end);
      },
    };
    const ticks: Tick[] = [];
    let take: TickHandler = () => Promise.reject(new Error('the engine has not begun to work'));
    const schedule = (tick: Tick): Promise<void> => {
      ticks.push(tick);
      return Promise.resolve();
    };
    const timetable: Timetable = {
      schedule,
      async scheduleNext(tick, _dueAtMs, also) {
        await schedule(tick);
        return also();
      },
      heldMs: 0,
      reserve: () => undefined,
      repair: async (lost) => {
        for (const tick of lost) await schedule(tick);
      },
      placesOf: () => ({ queue: 'web', places: 10 }),
      work(handler) {
        take = handler;
        return Promise.resolve();
      },
      stop: () => Promise.resolve(),
      health: () => Promise.resolve({ reasons: [], lastTickAgeMs: 0 }),
      depth: () => Promise.resolve({ waiting: 0, delayed: 0, active: 0 }),
    };
    let taken = 0;
    const { deps } = realDeps(() => {
      taken += 1;
      return Promise.resolve(measurement('Successful', Date.now()));
    });
    const backend = {
      ...{ store, timetable },
      open: () => Promise.resolve(),
      close: () => Promise.resolve(),
      problems: () => Promise.resolve({ reasons: [], refusals: [] }),
    };
    const engine = createEngine(backend, deps);
    await engine.start();
    await engine.create(runOf([metric('web', fields)]), { id: 'run' });
    const tick = await eventually('the first tick', () => ticks[0]);
    const { signal } = new AbortController();
    const first = take(tick, signal);
    await eventually('it is being stored', () => (storing > 0 ? true : undefined));
    await take(tick, signal);
    release();
    await first;
    expect(taken).toBe(1);
    expect((await engine.get('run'))?.status?.phase).toBe(phase);
    await engine.stop();
  },
);
