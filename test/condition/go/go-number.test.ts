import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { formatFloat, parseFloat, parseInt, toInt64 } from '../../../service/condition/go/go-number.js';

describe('formatFloat', () => {
  it.each`
    value         | format | precision | text
    ${1e6}        | ${'v'} | ${-1}     | ${'1e+06'}
    ${123456}     | ${'v'} | ${-1}     | ${'123456'}
    ${1e20}       | ${'v'} | ${-1}     | ${'1e+20'}
    ${1e-5}       | ${'v'} | ${-1}     | ${'1e-05'}
    ${1e-4}       | ${'v'} | ${-1}     | ${'0.0001'}
    ${-0}         | ${'v'} | ${-1}     | ${'-0'}
    ${Number.NaN} | ${'v'} | ${-1}     | ${'NaN'}
    ${-Infinity}  | ${'f'} | ${2}      | ${'-Inf'}
    ${1e22}       | ${'f'} | ${-1}     | ${'10000000000000000000000'}
    ${2.5}        | ${'f'} | ${0}      | ${'2'}
    ${3.5}        | ${'f'} | ${0}      | ${'4'}
    ${0.05}       | ${'f'} | ${1}      | ${'0.1'}
    ${0.1}        | ${'f'} | ${25}     | ${'0.1000000000000000055511151'}
    ${999999.5}   | ${'e'} | ${5}      | ${'1.00000e+06'}
    ${0}          | ${'e'} | ${2}      | ${'0.00e+00'}
    ${5e-324}     | ${'e'} | ${-1}     | ${'5e-324'}
    ${100000}     | ${'g'} | ${6}      | ${'100000'}
    ${1234567}    | ${'g'} | ${3}      | ${'1.23e+06'}
    ${0.00012345} | ${'g'} | ${2}      | ${'0.00012'}
  `(
    '$value as %$format with $precision digits is $text',
    ({
      value,
      format,
      precision,
      text,
    }: {
      value: number;
      format: 'f' | 'e' | 'g' | 'v';
      precision: number;
      text: string;
    }) => {
      expect(formatFloat(value, format, precision)).toBe(text);
    },
  );

  test.prop([
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.constantFrom<'f' | 'e' | 'v'>('f', 'e', 'v'),
  ])('writes the shortest text that reads back as the same number', (value, format) => {
    expect(parseFloat(formatFloat(value, format))).toBe(value);
  });
});

describe('parseFloat', () => {
  it.each`
    text                         | value
    ${'+1.5e3'}                  | ${1500}
    ${'.5'}                      | ${0.5}
    ${'0x1p4'}                   | ${16}
    ${'-0X.8p1'}                 | ${-1}
    ${'0x_1_0p0'}                | ${16}
    ${'1_000.5'}                 | ${1000.5}
    ${'-Infinity'}               | ${-Infinity}
    ${'nan'}                     | ${Number.NaN}
    ${'0x1p-1074'}               | ${5e-324}
    ${'0x1p-1075'}               | ${0}
    ${'0x1.8p-1075'}             | ${5e-324}
    ${'0x1.fffffffffffff7p1023'} | ${Number.MAX_VALUE}
    ${'1e-400'}                  | ${0}
  `('$text is $value', ({ text, value }: { text: string; value: number }) => {
    expect(parseFloat(text)).toBe(value);
  });

  it.each(['', ' 1', '1 ', '0x10', '0b1', '1,5', '1__0', '_1', '+nan', 'infi', '0x.p1', 'e1', '.'])(
    '%j is no number',
    (text) => {
      expect(() => parseFloat(text)).toThrow(
        `strconv.ParseFloat: parsing ${JSON.stringify(text)}: invalid syntax`,
      );
    },
  );

  it.each(['1e400', '-1e400', '0x1p1024', '0x1.fffffffffffff8p1023'])('%s is out of range', (text) => {
    expect(() => parseFloat(text)).toThrow(`strconv.ParseFloat: parsing "${text}": value out of range`);
  });
});

describe('parseInt', () => {
  it('reads decimal digits with a sign into 64 bits', () => {
    expect(parseInt('-9223372036854775808')).toBe(-(2n ** 63n));
    expect(parseInt('+017')).toBe(17n);
  });

  it.each(['', '1.1', '1e3', '0x10', ' 1', '1_0', '-'])('%j is no integer', (text) => {
    expect(() => parseInt(text)).toThrow(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  });

  it('refuses what does not fit', () => {
    expect(() => parseInt('9223372036854775808')).toThrow(
      'strconv.ParseInt: parsing "9223372036854775808": value out of range',
    );
  });
});

describe('toInt64', () => {
  it.each`
    value         | integer
    ${1.9}        | ${1n}
    ${-1.9}       | ${-1n}
    ${2 ** 62}    | ${2n ** 62n}
    ${2 ** 63}    | ${-(2n ** 63n)}
    ${-1e30}      | ${-(2n ** 63n)}
    ${Number.NaN} | ${-(2n ** 63n)}
  `('$value becomes $integer', ({ value, integer }: { value: number; integer: bigint }) => {
    expect(toInt64(value)).toBe(integer);
  });
});
