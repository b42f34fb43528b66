import { expect, it } from 'vitest';
import type { Backend } from '../../service/engine/backend.js';
import { createEngine } from '../../service/engine/create-engine.js';
import { createMemoryStore } from '../../service/engine/memory/store.js';
import { createMemoryTimetable } from '../../service/engine/memory/timetable.js';
import type { RunArchive } from '../../service/engine/index.js';
import { FakeTime } from './fake-time.js';
import { realDeps, scripted } from './fixtures.js';

const archive: RunArchive = {
  keep: () => Promise.resolve(),
  find: () => Promise.resolve(undefined),
  forget: () => Promise.resolve(),
  close: () => Promise.resolve(),
};

it.each([
  ['in this process', {}],
  ['outside', { breakOff: () => undefined }],
])('a step of a stop that fails is told, and leaves nothing open: a backend %s', async (_where, outside) => {
  const time = new FakeTime();
  const timersSet = new Set<() => void>();
  const timers = {
    set(action: () => void, delayMs: number) {
      const cancel = time.set(() => {
        timersSet.delete(cancel);
        action();
      }, delayMs);
      timersSet.add(cancel);
      return () => {
        timersSet.delete(cancel);
        cancel();
      };
    },
  };
  const { deps } = realDeps(scripted(() => 'Successful').measure);
  const timetable = createMemoryTimetable({
    ...{ clock: time, timers, log: deps.log },
    ...{ concurrency: 1, stopGraceMs: 10 },
  });
  let closed = 0;
  const backend: Backend = {
    ...outside,
    store: createMemoryStore({ archiving: true }),
    timetable: { ...timetable, stop: () => Promise.reject(new Error('the workers can not be stopped')) },
    open: () => Promise.resolve(),
    close() {
      closed += 1;
      return Promise.resolve();
    },
    problems: () => Promise.resolve({ reasons: [], refusals: [] }),
  };
  const engine = createEngine(backend, { ...deps, clock: time, timers, archive });
  await engine.start();
  await time.advance(1_000);
  await expect(engine.stop()).rejects.toThrow('the workers can not be stopped');
  expect(closed).toBe(1);
  // Neither the look at the archive's backlog nor the wait for the store goes on.
  expect(timersSet.size).toBe(0);
});
