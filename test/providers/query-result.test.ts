import { describe, expect } from 'vitest';
import { fc, it, test } from '@fast-check/vitest';
import { readQueryResult } from '../../service/providers/prometheus/query-result.js';
import { formatSampleValue, parseSampleValue } from '../../service/providers/prometheus/sample-value.js';

describe('the value of a query', () => {
  it('of a scalar is a number', () => {
    expect(readQueryResult({ resultType: 'scalar', result: [1, '0.97'] })).toEqual({
      value: { type: 'float64', value: 0.97 },
      text: '0.97',
    });
  });

  it('of a vector, and of a matrix series by series, is a list', () => {
    const vector = [{ value: [1, '1'] }, { value: [1, 'NaN'] }, { value: [1, '+Inf'] }];
    expect(readQueryResult({ resultType: 'vector', result: vector }).text).toBe('[1,NaN,+Inf]');
    const matrix = [
      {
        values: [
          [1, '1'],
          [2, '2'],
        ],
      },
      { values: [] },
      { values: [[1, '3']] },
    ];
    expect(readQueryResult({ resultType: 'matrix', result: matrix })).toEqual({
      value: { type: 'float64[]', value: [1, 2, 3] },
      text: '[1,2,3]',
    });
  });

  it.each([
    [undefined, 'bad_response: unknown value type null'],
    [{ resultType: 'bogus', result: [] }, 'bad_response: unknown value type "bogus"'],
    [{ resultType: 'string', result: [1, 'a'] }, 'Prometheus metric type not supported'],
    [{ resultType: 'vector', result: null }, 'bad_response: vector: the result is no list'],
    [
      { resultType: 'vector', result: [{ value: [1, 'abc'] }] },
      'bad_response: vector: strconv.ParseFloat: parsing "abc": invalid syntax',
    ],
    [
      { resultType: 'vector', result: [{ value: [1, 1] }] },
      'bad_response: vector: strconv.ParseFloat: parsing 1: invalid syntax',
    ],
    [
      { resultType: 'vector', result: [{ histogram: [1, { count: '1' }] }] },
      'bad_response: vector: a sample is not [timestamp, "value"] (native histograms have no single value)',
    ],
    [
      { resultType: 'vector', result: [{ value: [1, '1', '2'] }] },
      'bad_response: vector: a sample is not [timestamp, "value"] (native histograms have no single value)',
    ],
    [
      { resultType: 'scalar', result: ['1', '1'] },
      'bad_response: scalar: the timestamp of a sample is no number',
    ],
    [
      { resultType: 'matrix', result: [{ values: [], histograms: [[1, {}]] }] },
      'bad_response: matrix: histograms are no numbers',
    ],
    [{ resultType: 'matrix', result: [{}] }, 'bad_response: matrix: the result is no list'],
  ])('%j is refused, not guessed at', (data, message) => {
    expect(() => readQueryResult(data)).toThrow(message);
  });
});

describe('a sample value', () => {
  it.each([
    [0, '0'],
    [-0, '-0'],
    [100, '100'],
    [1e21, '1000000000000000000000'],
    [1.5e300, `15${'0'.repeat(299)}`],
    [1e-9, '0.000000001'],
    [-1.25e-7, '-0.000000125'],
    [0.1 + 0.2, '0.30000000000000004'],
    [Number.NaN, 'NaN'],
    [Number.POSITIVE_INFINITY, '+Inf'],
    [Number.NEGATIVE_INFINITY, '-Inf'],
  ])('%d is printed %s', (value, text) => {
    expect(formatSampleValue(value)).toBe(text);
  });

  test.prop([fc.double()])('is read back as it was printed, and has no exponent', (value) => {
    const text = formatSampleValue(value);
    expect(text).not.toMatch(/\de/);
    expect(parseSampleValue(text)).toBe(value);
  });

  it.each(['', ' 1', '1 ', '0x10', '1_000', '1e400', 'nil', 'Infinite', '1,5'])('%j is none', (text) => {
    expect(parseSampleValue(text)).toBeUndefined();
  });

  it.each([
    ['inf', Number.POSITIVE_INFINITY],
    ['-Infinity', Number.NEGATIVE_INFINITY],
    ['.5', 0.5],
    ['5.', 5],
    ['+1E3', 1000],
  ])('%s is read as Go reads it', (text, value) => {
    expect(parseSampleValue(text)).toBe(value);
  });
});
