import { expect, it } from 'vitest';
import { jsonBytes } from '../../service/controller/runs/json-size.js';
import { readRunObject } from '../../service/controller/runs/run-object.js';
import { SpecChanges } from '../../service/controller/runs/spec-changes.js';

/** Deeper than the stack, and no deeper than an API server takes. */
function nested(): object {
  let value: object = {};
  for (let level = 0; level < 9_000; level += 1) value = { a: value };
  return value;
}
const object = (generation: number) =>
  readRunObject({
    metadata: { name: 'r', namespace: 'shop', uid: 'u', resourceVersion: String(generation), generation },
    spec: { metrics: [], extra: nested() },
  });

it('counts bytes as Go writes them', () => {
  expect(jsonBytes({ a: 'ü<&' })).toBe(Buffer.byteLength('{"a":"ü"}') + 12);
});

it('an object that is nested too deeply is read all the same', () => {
  expect(jsonBytes(nested())).toBe(Number.POSITIVE_INFINITY);
  expect(object(1).key).toBe('shop/r');
});

it('a change that is nested too deeply to be compared is not told of', () => {
  const changes = new SpecChanges<{ object: ReturnType<typeof object> }>();
  const run = { object: object(1) };
  changes.measured(run, { metrics: [], extra: nested() });
  run.object = object(2);
  expect(changes.news(run)).toEqual([]);
});
