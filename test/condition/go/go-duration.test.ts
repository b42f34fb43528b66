import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import {
  formatGoDuration,
  goDurationMs,
  GoDurationError,
  parseGoDuration,
} from '../../../service/condition/go/go-duration.js';

describe('a duration', () => {
  it.each`
    text                           | ns
    ${'0'}                         | ${0n}
    ${'+5s'}                       | ${5_000_000_000n}
    ${'-1.5h'}                     | ${-5_400_000_000_000n}
    ${'1h30m15s'}                  | ${5_415_000_000_000n}
    ${'1.9ns'}                     | ${1n}
    ${'1µs1μs1us'}                 | ${3_000n}
    ${'.5s'}                       | ${500_000_000n}
    ${'2562047h47m16.854775807s'}  | ${(1n << 63n) - 1n}
    ${'-2562047h47m16.854775808s'} | ${-(1n << 63n)}
    ${'0.100000000000000000000h'}  | ${360_000_000_000n}
    ${'0.9223372036854775807h'}    | ${3_320_413_933_267n}
  `('$text is $ns ns', ({ text, ns }: { text: string; ns: bigint }) => {
    expect(parseGoDuration(text)).toBe(ns);
  });

  it.each`
    text                          | message
    ${''}                         | ${'time: invalid duration ""'}
    ${'60'}                       | ${'time: missing unit in duration "60"'}
    ${'1d'}                       | ${'time: unknown unit "d" in duration "1d"'}
    ${'∞'}                        | ${String.raw`time: invalid duration "\xe2\x88\x9e"`}
    ${'1"'}                       | ${String.raw`time: unknown unit "\"" in duration "1\""`}
    ${'2562047h47m16.854775808s'} | ${'time: invalid duration "2562047h47m16.854775808s"'}
    ${'1constructor'}             | ${'time: unknown unit "constructor" in duration "1constructor"'}
  `('$text is refused in the words of Go', ({ text, message }: { text: string; message: string }) => {
    expect(() => parseGoDuration(text)).toThrow(new GoDurationError(message));
  });

  it('is a number of milliseconds with a fraction', () => {
    expect(goDurationMs('1.5ms')).toBe(1.5);
    expect(goDurationMs('-2m')).toBe(-120_000);
  });

  test.prop([fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n })])(
    'reads back from its canonical form',
    (ns) => {
      expect(parseGoDuration(formatGoDuration(ns))).toBe(ns);
    },
  );

  it.each`
    ns                    | text
    ${0n}                 | ${'0s'}
    ${1_100n}             | ${'1.1µs'}
    ${-1_500_000n}        | ${'-1.5ms'}
    ${60_000_000_000n}    | ${'1m0s'}
    ${3_600_000_000_001n} | ${'1h0m0.000000001s'}
  `('$ns ns is written $text', ({ ns, text }: { ns: bigint; text: string }) => {
    expect(formatGoDuration(ns)).toBe(text);
  });
});
