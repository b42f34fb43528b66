import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { systemTimers } from '../../service/platform/index.js';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

it('a timer for longer than the machine can wait waits as long as it can', () => {
  const action = vi.fn();
  systemTimers.set(action, 2 ** 31);
  vi.advanceTimersByTime(2 ** 31 - 2);
  expect(action).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(action).toHaveBeenCalledOnce();
});
