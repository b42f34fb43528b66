import { expect, it } from 'vitest';
import { takeDeliveries } from '../../service/engine/deliveries.js';
import { DeliveryBell } from '../../service/engine/delivery-bell.js';
import { createMemoryStore } from '../../service/engine/memory/store.js';
import type { StoredDelivery } from '../../service/engine/ports.js';
import { createLog } from '../../service/platform/index.js';
import { FakeTime } from './fake-time.js';

const due: StoredDelivery = {
  ...{ id: 'verdict-0', subject: { event: 'verdict' }, callback: 0, createdAtMs: 0, state: 'pending' },
  ...{ nextAtMs: 0, tries: 0, attemptCount: 0, attempts: [], version: 0 },
};

it('looks into the outbox soon after the bell, also when the clock was put back', async () => {
  const time = new FakeTime();
  let looks = 0;
  let putBackMs = 0;
  const bell = new DeliveryBell();
  const store = {
    ...createMemoryStore(),
    lease: () => {
      looks += 1;
      return Promise.resolve([]);
    },
    saveDelivery: () => Promise.resolve(true),
  };
  const end = takeDeliveries(
    {
      ...{ store, bell, timers: time, log: createLog({ level: 'silent' }), leaseMs: 1_000, atOnce: 1 },
      clock: { nowMs: () => time.nowMs() - putBackMs },
    },
    () => Promise.reject(new Error('nothing is handed out')),
  );
  await time.advance(1);
  expect(looks).toBe(1);
  putBackMs = 300_000;
  await bell.on(store).saveDelivery('run', due, time.nowMs());
  await time.advance(20);
  expect(looks).toBe(2);
  await end();
});
