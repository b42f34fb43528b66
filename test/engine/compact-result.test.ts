import { fc, test } from '@fast-check/vitest';
import { expect, it } from 'vitest';
import { ANALYSIS_PHASES, type Measurement } from '../../schemas/index.js';
import { decodeResult, encodeResult } from '../../service/engine/redis/compact-result.js';
import { measurement } from './fixtures.js';

const moment = fc.oneof(
  fc
    .date({ min: new Date(0), max: new Date('9999-01-01'), noInvalidDate: true })
    .map((date) => date.toISOString()),
  fc.constantFrom('2026-11-25T05:00:00Z', '2026-11-25T05:00:00.123456Z', 'soon'),
);
const anyMeasurement: fc.Arbitrary<Measurement> = fc.record(
  {
    phase: fc.constantFrom(...ANALYSIS_PHASES),
    value: fc.string(),
    message: fc.string(),
    startedAt: moment,
    finishedAt: moment,
    resumeAt: moment,
    metadata: fc
      .dictionary(
        fc.string().filter((key) => key !== '__proto__'),
        fc.string(),
      )
      .map((map) => ({ ...map })),
  },
  { requiredKeys: ['phase'] },
);

test.prop([fc.array(anyMeasurement)])('a result comes back as it was', (measurements) => {
  const result = { name: 'web', phase: 'Running', count: 3, measurements } as const;
  expect(decodeResult(encodeResult(result))).toEqual(result);
});

it('a plain measurement takes a third of its JSON', () => {
  const measurements = Array.from({ length: 10 }, (_, index) =>
    measurement('Successful', 1_764_000_000_000 + index, { value: '[0.9731]' }),
  );
  const result = { name: 'web', phase: 'Running', measurements } as const;
  expect(encodeResult(result).length).toBeLessThan(JSON.stringify(result).length / 2.5);
});
