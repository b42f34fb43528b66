import { expect, it } from 'vitest';
import { encodeIdentity, encodeSeries } from '../../service/engine/redis/codec.js';
import { KnownRuns } from '../../service/engine/redis/known-runs.js';
import type { StoredRun } from '../../service/engine/ports.js';
import { measurement, metric, runOf } from './fixtures.js';

const STARTED_MS = 1_764_000_000_000;

function stored(id: string, { measurements = 1, value = '1' } = {}): StoredRun {
  const taken = Array.from({ length: measurements }, (_, index) =>
    measurement('Successful', STARTED_MS + index, { value }),
  );
  return {
    ...{ id, document: runOf([metric('web')]), callbacks: [], fingerprint: 'f', createdAtMs: STARTED_MS },
    incarnation: 'i',
    series: new Map([
      [
        'web',
        {
          ...{ seq: 1, nextAtMs: STARTED_MS },
          result: { name: 'web', phase: 'Running', measurements: taken },
        },
      ],
    ]),
  };
}

it('remembers as many runs as the memory allows, those that were seen last', () => {
  const known = new KnownRuns(200_000);
  const ids = Array.from({ length: 100 }, (_, index) => `run-${index}`);
  for (const id of ids) known.keep(stored(id));
  const kept = ids.filter((id) => known.has(id));
  expect(kept).toEqual(ids.slice(-kept.length));
  expect(kept.length).toBeGreaterThan(40);
  expect(kept.length).toBeLessThan(100);
});

it.each([
  ['many measurements', { measurements: 100 }],
  ['large values', { measurements: 10, value: 'x'.repeat(2_000) }],
])('remembers fewer of those with %s', (_, size) => {
  const known = new KnownRuns(200_000);
  const ids = Array.from({ length: 100 }, (_each, index) => `run-${index}`);
  for (const id of ids) known.keep(stored(id, size));
  expect(ids.filter((id) => known.has(id)).length).toBeLessThan(10);
});

it('notices that a run that it remembers has grown', () => {
  const known = new KnownRuns(20_000);
  known.keep(stored('one'));
  known.keep(stored('two'));
  expect(known.has('one')).toBe(true);
  known.keep(stored('two', { measurements: 70 }));
  expect([known.has('one'), known.has('two')]).toEqual([false, true]);
});

it('does without a run that is too large', () => {
  const known = new KnownRuns(20_000);
  known.keep(stored('one'));
  known.keep(stored('one', { measurements: 1_000 }));
  expect(known.has('one')).toBe(false);
});

it('encodes what was decoded as it was stored', () => {
  const { series } = stored('one', { measurements: 3 });
  const before = series.get('web');
  if (before?.result === undefined) throw new Error('there is no result');
  const text = encodeSeries(1, STARTED_MS, before.result);
  const known = new KnownRuns();
  const run = known.keep({ ...stored('one'), series: new Map([['web', { seq: 0, nextAtMs: STARTED_MS }]]) });
  const found = known.recall('one', 'web', {
    ...{ identity: encodeIdentity(run), term: null, done: null, series: text },
  });
  const after = found?.series.get('web');
  expect(after?.result).toEqual(before.result);
  expect(after?.result && encodeSeries(1, STARTED_MS, after.result)).toBe(text);
});
