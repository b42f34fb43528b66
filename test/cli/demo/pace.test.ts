import { InvalidArgumentError } from 'commander';
import { describe, expect, it } from 'vitest';
import { paced, parsePace } from '../../../service/cli/demo/pace.js';

describe('the pace of the demo', () => {
  it.each(['0.1', '1', '4'])('may be %s', (text) => {
    expect(parsePace(text)).toBe(Number(text));
  });

  it.each(['0', '0.09', '4.1', '-1', 'fast', '', 'Infinity'])('may not be %j', (text) => {
    expect(() => parsePace(text)).toThrow(new InvalidArgumentError('It must be a number from 0.1 to 4.'));
  });

  it('changes times only, and never how long a verdict is waited for to less than half a minute', () => {
    expect(paced(2)).toEqual({
      scrapeMs: 500,
      windowMs: 2_000,
      delayMs: 1_500,
      intervalMs: 500,
      deadlineMs: 30_000,
    });
    expect(paced(0.5)).toMatchObject({ scrapeMs: 2_000, deadlineMs: 60_000 });
  });
});
