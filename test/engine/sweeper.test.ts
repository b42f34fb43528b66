import { expect, it } from 'vitest';
import { StoreRefusalError } from '../../service/engine/index.js';
import { createSweeper } from '../../service/engine/sweeper.js';
import { createLog } from '../../service/platform/index.js';
import { FakeTime } from './fake-time.js';

it('a run that a full store can not keep hinders no other from being forgotten', async () => {
  const time = new FakeTime();
  const forgotten: string[] = [];
  const logged: string[] = [];
  const sweeper = createSweeper({
    ...{ clock: time, timers: time, intervalMs: 30_000, overdueAfterMs: 5_000 },
    log: createLog({ level: 'warn', destination: { write: (line) => logged.push(line) } }),
    store: {
      expired: () => Promise.resolve(['told later', 'over']),
      removeExpired(id) {
        if (id === 'told later') return Promise.reject(new StoreRefusalError('Redis is full (maxmemory)'));
        forgotten.push(id);
        return Promise.resolve(true);
      },
      overdue: () => Promise.resolve([]),
    },
    timetable: { repair: () => Promise.resolve() },
  });
  sweeper.start();
  await time.advance(1);
  await sweeper.stop();
  expect(forgotten).toEqual(['over']);
  expect(logged.join('')).toContain('Redis is full (maxmemory)');
});
