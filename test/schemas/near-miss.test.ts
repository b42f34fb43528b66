import { fc, test } from '@fast-check/vitest';
import { expect, it } from 'vitest';
import { editDistance, nearMiss } from '../../schemas/documents/near-miss.js';
import { formatPath, parsePath } from '../../schemas/documents/path.js';

it.each`
  left          | right         | distance
  ${''}         | ${''}         | ${0}
  ${'count'}    | ${'count'}    | ${0}
  ${'count'}    | ${'cuont'}    | ${1}
  ${'count'}    | ${'counts'}   | ${1}
  ${'count'}    | ${'cont'}     | ${1}
  ${'count'}    | ${'mount'}    | ${1}
  ${'kitten'}   | ${'sitting'}  | ${3}
  ${'interval'} | ${'lavretni'} | ${5}
`(
  'counts $distance typing errors between "$left" and "$right", up to the limit',
  ({ left, right, distance }: { left: string; right: string; distance: number }) => {
    expect(editDistance(left, right, 4)).toBe(distance);
  },
);

test.prop([fc.string({ maxLength: 12 }), fc.string({ maxLength: 12 }), fc.nat(6)])(
  'is the same in both directions and never above limit + 1',
  (left, right, limit) => {
    const distance = editDistance(left, right, limit);
    expect(distance).toBe(editDistance(right, left, limit));
    expect(distance).toBeLessThanOrEqual(limit + 1);
    expect(distance === 0).toBe(left === right);
  },
);

it('prefers the nearest name, and none when nothing is near', () => {
  expect(nearMiss('metric', ['metrics', 'metadata'])).toBe('metrics');
  expect(nearMiss('owner', ['metrics', 'args', 'templates'])).toBeUndefined();
  expect(nearMiss('x', ['y', 'url'])).toBeUndefined();
  expect(nearMiss('ur', ['url'])).toBeUndefined();
});

it('answers at once for a name of a megabyte', () => {
  expect(nearMiss('a'.repeat(1_000_000), ['successCondition'])).toBeUndefined();
});

it('writes paths as users read them', () => {
  expect(formatPath(['spec', 'metrics', 10, 'provider'])).toBe('spec.metrics[10].provider');
  expect(formatPath(['metadata', 'labels', "it's/a.b"])).toBe("metadata.labels['it\\'s/a.b']");
  expect(formatPath([0, 'url'])).toBe('[0].url');
  expect(formatPath([])).toBe('');
});

test.prop([
  fc.array(fc.oneof(fc.string(), fc.nat(1000), fc.constantFrom('spec', 'app.kubernetes.io/name')), {
    maxLength: 5,
  }),
])('reads back every path it writes', (path) => {
  expect(parsePath(formatPath(path))).toEqual(path);
});

it('says so when a text is no path', () => {
  expect(parsePath('spec..metrics')).toBeUndefined();
  expect(parsePath('spec[x]')).toBeUndefined();
});
