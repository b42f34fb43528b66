import { describe, expect, it } from 'vitest';
import { printValue, toJson } from '../../../service/condition/go/go-print.js';
import { MAX_PRINT_DEPTH } from '../../../service/condition/go/printer.js';
import {
  bytesSlice,
  GoArray,
  GoDuration,
  GoFunction,
  GoInteger,
  GoLocation,
  GoMap,
  GoPointer,
  GoTime,
  metricDataResult,
  NamedMap,
  typeName,
  TypedSlice,
} from '../../../service/condition/go/values.js';
import { Zone } from '../../../service/condition/go/zone.js';

const map = new GoMap('map[interface {}]interface {}');
map.set('b', 1n);
map.set('a', null);
map.set(2n, 'two');
const pairs = new TypedSlice('[2]interface {}', [new GoArray('interface {}', ['a', 1n])]);
const monday = new GoTime(1_692_008_430_500_000_000n, Zone.load('Europe/Zurich'));
const cloudwatch = metricDataResult({
  Id: 'm1',
  Label: null,
  StatusCode: 'Complete',
  Timestamps: null,
  Values: [1, 2.5],
});

function nest(depth: number): unknown {
  let value: unknown = 1;
  for (let i = 0; i < depth; i++) value = [value];
  return value;
}

describe('printing', () => {
  it.each([
    [null, '<nil>', 'null'],
    [true, 'true', 'true'],
    [7n, '7', '7'],
    [1e6, '1e+06', '1000000'],
    [1e21, '1e+21', '1e+21'],
    [1e-7, '1e-07', '1e-7'],
    [-0, '-0', '-0'],
    ['a<b', 'a<b', String.raw`"a\u003cb"`],
    [['a b', null, [1n]], '[a b <nil> [1]]', '[\n  "a b",\n  null,\n  [\n    1\n  ]\n]'],
    [[], '[]', '[]'],
    [{}, 'map[]', '{}'],
    [{ b: 1, a: { c: null } }, 'map[a:map[c:<nil>] b:1]', '{\n  "a": {\n    "c": null\n  },\n  "b": 1\n}'],
    [new TypedSlice('float64', [0.5, 2]), '[0.5 2]', '[\n  0.5,\n  2\n]'],
    [new TypedSlice('float64', [], true), '[]', 'null'],
    [bytesSlice(Uint8Array.of(97, 255)), '[97 255]', '"Yf8="'],
    [pairs, '[[a 1]]', '[\n  [\n    "a",\n    1\n  ]\n]'],
    [new NamedMap('nrdb.NRDBResult', { count: 3 }), 'map[count:3]', '{\n  "count": 3\n}'],
    [new GoInteger('uint8', 200n), '200', '200'],
    [new GoInteger('time.Month', 8n), 'August', '8'],
    [new GoInteger('time.Weekday', 9n), '%!Weekday(9)', '9'],
    [new GoDuration(90_000_000_000n), '1m30s', '90000000000'],
    [monday, '2023-08-14 12:20:30.5 +0200 CEST', '"2023-08-14T12:20:30.5+02:00"'],
    [new GoLocation(monday.zone), 'Europe/Zurich', '{}'],
    [new GoPointer('float64', null), '<nil>', 'null'],
    [new GoPointer('float64', 1.5), '1.5', '1.5'],
    [
      cloudwatch,
      '{m1 <nil> [] Complete [] [1 2.5]}',
      '{\n  "Id": "m1",\n  "Label": null,\n  "Messages": null,\n  "StatusCode": "Complete",\n  "Timestamps": null,\n  "Values": [\n    1,\n    2.5\n  ]\n}',
    ],
  ])('prints %o as %s and has JSON', (value, text, json) => {
    expect(printValue(value)).toBe(text);
    expect(toJson(value)).toBe(json);
  });

  it('orders the keys of a map by type, nil first', () => {
    map.set(null, 0n);
    expect(printValue(map)).toBe('map[<nil>:0 2:two a:<nil> b:1]');
  });

  it('reads only own keys of JSON, whatever their names', () => {
    const value: unknown = JSON.parse('{"__proto__": 1, "constructor": 2}');
    expect(printValue(value)).toBe('map[__proto__:1 constructor:2]');
  });

  it('escapes what HTML or JavaScript could misread, and what is no UTF-8', () => {
    expect(toJson('<>&\u2028\u0001\b\f\x7f\udcff')).toBe(
      `"${String.raw`\u003c\u003e\u0026\u2028\u0001\b\f`}\x7f${String.raw`\ufffd`}"`,
    );
  });

  it.each([
    [Number.NaN, 'json: unsupported value: NaN'],
    [[-Infinity], 'json: unsupported value: -Inf'],
    [map, 'json: unsupported type: map[interface {}]interface {}'],
    [new GoFunction('func(float64) bool', () => true), 'json: unsupported type: func(float64) bool'],
    [
      new GoTime(300_000_000_000_000_000_000n, Zone.utc),
      'json: error calling MarshalJSON for type time.Time: Time.MarshalJSON: year outside of range [0,9999]',
    ],
  ])('has no JSON of %o', (value, message) => {
    expect(() => toJson(value)).toThrow(message);
  });

  it('gives up on values that are nested too deep, before the stack does', () => {
    expect(printValue(nest(MAX_PRINT_DEPTH))).toHaveLength(2 * MAX_PRINT_DEPTH + 1);
    expect(() => printValue(nest(MAX_PRINT_DEPTH + 1))).toThrow('exceeded max depth');
    expect(() => toJson(nest(100_000))).toThrow('exceeded max depth');
  });

  it('gives up on text longer than its limit', () => {
    expect(() => printValue([['abc'], 'def'], 6)).toThrow('memory budget exceeded');
    expect(() => toJson({ a: 'x'.repeat(100) }, 50)).toThrow('memory budget exceeded');
  });
});

describe('Go types', () => {
  it.each([
    [1, 'float64'],
    [1n, 'int'],
    [[], '[]interface {}'],
    [{}, 'map[string]interface {}'],
    [pairs, '[][2]interface {}'],
    [pairs.items[0], '[2]interface {}'],
    [new GoPointer('float64', null), '*float64'],
    [new GoLocation(Zone.utc), '*time.Location'],
    [cloudwatch, 'types.MetricDataResult'],
    [null, '<nil>'],
  ])('%o is named as Go names it', (value, name) => {
    expect(typeName(value)).toBe(name);
  });

  it('keeps map keys of different types apart, and refuses those that Go cannot hash', () => {
    const keyed = new GoMap('map[interface {}]interface {}');
    keyed.set(1n, 'int');
    keyed.set(1, 'float');
    keyed.set('1', 'text');
    keyed.set(-0, 'zero');
    keyed.set(0, 'also zero');
    keyed.set(Number.NaN, 'never found');
    expect([keyed.get(1n), keyed.get(1), keyed.get('1'), keyed.get(0), keyed.get(Number.NaN)]).toEqual([
      'int',
      'float',
      'text',
      'also zero',
      undefined,
    ]);
    expect(keyed.size).toBe(5);
    expect(() => {
      keyed.set([1n], 'list');
    }).toThrow('runtime error: hash of unhashable type []interface {}');
  });
});
