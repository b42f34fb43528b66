import { describe, expect, it } from 'vitest';
import { expiresAtMs, recordMeasurement, Redactor, verdictOf } from '../../service/analysis/index.js';
import type { AnalysisRunStatus, Measurement, MetricResult } from '../../schemas/index.js';
import { measurementOf, preparedOf } from './objects.js';

const RUNNING: Measurement = {
  phase: 'Running',
  startedAt: '1970-01-01T00:00:00.000Z',
  resumeAt: '1970-01-01T00:00:05.000Z',
};

describe('recording a measurement', () => {
  it('keeps the latest ten, and counts all', () => {
    const metric = preparedOf({ interval: '1s' });
    let result: MetricResult | undefined;
    for (let index = 0; index < 13; index += 1) {
      result = recordMeasurement(metric, result, measurementOf('Successful', index), index);
    }
    expect(result).toMatchObject({ count: 13, successful: 13, consecutiveSuccess: 13 });
    expect(result?.measurements?.map(({ startedAt }) => startedAt)).toEqual(
      Array.from({ length: 10 }, (_, index) => measurementOf('Successful', index + 3).startedAt),
    );
  });

  it('puts the outcome of a measurement in flight in its place, counted once', () => {
    const metric = preparedOf();
    const flying = recordMeasurement(metric, undefined, RUNNING, 0);
    expect(flying).toEqual({ name: 'm', phase: 'Running', measurements: [RUNNING] });
    const done = recordMeasurement(
      metric,
      flying,
      { ...RUNNING, phase: 'Failed', value: '7' },
      6000,
      'resume',
    );
    expect(done).toMatchObject({
      count: 1,
      failed: 1,
      measurements: [{ phase: 'Failed', value: '7', finishedAt: '1970-01-01T00:00:06.000Z' }],
    });
    expect(done.measurements).toHaveLength(1);
  });

  it.each(['Successful', 'Inconclusive'] as const)('marks a terminated one that ended %s', (phase) => {
    const metric = preparedOf();
    const flying = recordMeasurement(metric, undefined, RUNNING, 0);
    const ended = recordMeasurement(metric, flying, { ...RUNNING, phase, message: 'x' }, 0, 'terminate');
    expect(ended.measurements?.at(-1)?.message).toBe('Metric Terminated');
  });

  it('leaves counters of zero out and starts a row anew after an error', () => {
    const metric = preparedOf({ interval: '1s' });
    const good = recordMeasurement(metric, undefined, measurementOf('Successful'), 0);
    const bad = recordMeasurement(metric, good, measurementOf('Error'), 0);
    expect(bad).toMatchObject({ count: 1, successful: 1, error: 1, consecutiveError: 1 });
    expect(bad).not.toHaveProperty('consecutiveSuccess');
    expect(bad).not.toHaveProperty('failed');
  });
});

describe('a completed run', () => {
  const status = (phase: AnalysisRunStatus['phase']): AnalysisRunStatus => ({
    phase,
    completedAt: '1970-01-01T00:00:10Z',
  });
  const ttl = { secondsAfterCompletion: 5, secondsAfterSuccess: 1, secondsAfterFailure: 0 };

  it.each`
    phase             | expiry
    ${'Successful'}   | ${12_000}
    ${'Failed'}       | ${11_000}
    ${'Error'}        | ${16_000}
    ${'Inconclusive'} | ${16_000}
  `(
    'that ended $phase expires a second after its time to live',
    ({ phase, expiry }: { phase: AnalysisRunStatus['phase']; expiry: number }) => {
      expect(expiresAtMs(ttl, status(phase))).toBe(expiry);
    },
  );

  it('never expires without a time to live, or before it is complete', () => {
    expect(expiresAtMs(undefined, status('Failed'))).toBeUndefined();
    expect(expiresAtMs({ secondsAfterFailure: 1 }, status('Successful'))).toBeUndefined();
    expect(expiresAtMs(ttl, { phase: 'Running' })).toBeUndefined();
  });

  it.each`
    phase             | verdict
    ${'Successful'}   | ${'promote'}
    ${'Failed'}       | ${'rollback'}
    ${'Error'}        | ${'rollback'}
    ${'Inconclusive'} | ${'hold'}
    ${'Running'}      | ${undefined}
  `(
    'in phase $phase gives the verdict $verdict',
    ({ phase, verdict }: { phase: AnalysisRunStatus['phase']; verdict: unknown }) => {
      expect(verdictOf(phase)).toBe(verdict);
    },
  );
});

it.each([
  { phase: 'Successful' as const, verdict: 'hold' },
  { phase: 'Failed' as const, verdict: 'rollback' },
  { phase: 'Error' as const, verdict: 'rollback' },
  { phase: 'Inconclusive' as const, verdict: 'hold' },
])('gives the verdict $verdict when it was ended early in phase $phase', ({ phase, verdict }) => {
  expect(verdictOf(phase, true)).toBe(verdict);
});

it('hides secrets in message, value and metadata, and an empty one nowhere', () => {
  const measurement: Measurement = {
    phase: 'Error',
    message: 'a s3 b',
    value: 's3s3',
    metadata: { url: 'x/s3' },
  };
  expect(new Redactor(['', 's3']).measurement(measurement)).toEqual({
    phase: 'Error',
    message: 'a ***** b',
    value: '**********',
    metadata: { url: 'x/*****' },
  });
  expect(new Redactor(['']).measurement(measurement)).toEqual(measurement);
});
