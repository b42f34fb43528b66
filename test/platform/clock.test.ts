import { expect, it } from 'vitest';
import { SharedClock } from '../../service/platform/index.js';

it('goes on evenly though the clock of the machine is set, until it is put right', () => {
  let machineMs = 1_000_000;
  let elapsedMs = 50;
  const clock = new SharedClock({ nowMs: () => machineMs }, () => elapsedMs);
  expect(clock.nowMs()).toBe(1_000_000);
  elapsedMs += 20.5;
  machineMs -= 300_000;
  expect(clock.nowMs()).toBe(1_000_020);
  clock.putRight(2_000_000);
  elapsedMs += 7;
  expect(clock.nowMs()).toBe(2_000_007);
});
