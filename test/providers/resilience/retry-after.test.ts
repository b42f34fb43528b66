import { describe, expect, it } from 'vitest';
import { retryAfterMs } from '../../../service/providers/http/resilience/retry-after.js';

const nowMs = Date.parse('2026-11-25T08:00:00Z');

describe('Retry-After', () => {
  it.each([
    ['3', 3_000],
    [' 3 ', 3_000],
    ['Wed, 25 Nov 2026 08:00:07 GMT', 7_000],
    ['86400', 600_000],
  ])('%j is a moment to come', (header, delayMs) => {
    expect(retryAfterMs(header, nowMs)).toBe(nowMs + delayMs);
  });

  it.each([undefined, '', '0', '-3', '1.5', 'soon', 'Wed, 25 Nov 2026 07:59:59 GMT'])(
    '%j is not',
    (header) => {
      expect(retryAfterMs(header, nowMs)).toBeUndefined();
    },
  );
});
