import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { type Cadence, nextTask, recordMeasurement, type Task } from '../../service/analysis/index.js';
import type { Measurement, MetricResult } from '../../schemas/index.js';
import { measurementOf, preparedOf, seriesOf } from './objects.js';

const MINUTE = 60_000;

function taskAt(
  nowMs: number,
  fields: Parameters<typeof preparedOf>[0],
  result?: MetricResult,
  options: { cadence?: Cadence; terminating?: boolean } = {},
): Task {
  const { cadence = 'fixed', terminating = false } = options;
  return nextTask(preparedOf(fields), result, { runStartedAtMs: 0, nowMs, terminating, cadence });
}

describe('the next task of a series', () => {
  it('is a measurement at once when there is no initial delay', () => {
    expect(taskAt(0, {})).toEqual({ kind: 'measure' });
  });

  it('waits for the initial delay and measures at exactly its end', () => {
    expect(taskAt(29_999, { initialDelay: '30s' })).toEqual({ kind: 'wait', untilMs: 30_000 });
    expect(taskAt(30_000, { initialDelay: '30s' })).toEqual({ kind: 'measure' });
  });

  it('never measures a delayed metric before the run has started, not even with a delay of 0s', () => {
    const context = {
      runStartedAtMs: undefined,
      nowMs: 5,
      terminating: false,
      cadence: 'afterFinish',
    } as const;
    expect(nextTask(preparedOf({ initialDelay: '0s' }), undefined, context)).toEqual({
      kind: 'wait',
      untilMs: 5,
    });
  });

  const endless = { interval: '1m' };
  it.each`
    last                                            | cadence          | until      | why
    ${measurementOf('Successful', 0, 100)}          | ${'fixed'}       | ${60_000}  | ${'the grid counts from the start of the run'}
    ${measurementOf('Successful', 75_000)}          | ${'fixed'}       | ${120_000} | ${'a late measurement does not shift the next'}
    ${measurementOf('Successful', 60_000, 200_000)} | ${'fixed'}       | ${240_000} | ${'ticks that a measurement overran are skipped'}
    ${measurementOf('Successful', 60_000, 180_000)} | ${'fixed'}       | ${180_000} | ${'the tick at which it ends is taken'}
    ${measurementOf('Error', 60_000, 61_000)}       | ${'fixed'}       | ${71_000}  | ${'an error is tried again after ten seconds'}
    ${measurementOf('Successful', 75_000, 80_000)}  | ${'afterFinish'} | ${140_000} | ${'the interval counts from the end'}
    ${measurementOf('Error', 75_000, 80_000)}       | ${'afterFinish'} | ${90_000}  | ${'an error is tried again after ten seconds'}
  `('waits until $until with cadence $cadence: $why', ({ last, cadence, until }: Row) => {
    expect(taskAt(until - 1, endless, seriesOf(last), { cadence })).toEqual({ kind: 'wait', untilMs: until });
    const strict = cadence === 'afterFinish' ? 1 : 0;
    expect(taskAt(until + strict, endless, seriesOf(last), { cadence })).toEqual({ kind: 'measure' });
  });

  it.each(['1ns', '3ms', '0s', '-1h'])(
    'leaves ten milliseconds between measurements every %s',
    (interval) => {
      const last = seriesOf(measurementOf('Successful', 60_000, 60_001));
      expect(taskAt(60_002, { interval }, last)).toEqual({ kind: 'wait', untilMs: 60_010 });
      expect(taskAt(60_010, { interval }, last)).toEqual({ kind: 'measure' });
      // The replay of recorded runs has the pauses of the reference.
      expect(taskAt(63_600_002, { interval }, last, { cadence: 'afterFinish' })).toEqual({ kind: 'measure' });
    },
  );

  it('retries an error of a metric with a short interval after ten seconds all the same', () => {
    const last = seriesOf(measurementOf('Error', 0, 500));
    expect(taskAt(9000, { interval: '3s', count: 3 }, last)).toEqual({ kind: 'wait', untilMs: 10_500 });
  });

  it('is nothing once the series is complete or its count is reached', () => {
    expect(taskAt(0, {}, seriesOf(measurementOf('Failed'), { phase: 'Failed' }))).toEqual({ kind: 'none' });
    const counted = seriesOf(measurementOf('Successful'), { count: 2 });
    expect(taskAt(MINUTE, { interval: '1m', count: 2 }, counted)).toEqual({ kind: 'none' });
  });

  const inFlight: Measurement = {
    phase: 'Running',
    startedAt: measurementOf('').startedAt ?? '',
    resumeAt: '1970-01-01T00:00:05Z',
  };
  it('measures again after one that ended without an outcome, which a run would wait for without end', () => {
    const ended = seriesOf(measurementOf('Running'));
    expect(taskAt(9_999, {}, ended)).toEqual({ kind: 'wait', untilMs: 10_000 });
    expect(taskAt(10_000, {}, ended)).toEqual({ kind: 'measure' });
  });

  it('resumes a measurement in flight when it is to be looked at again', () => {
    expect(taskAt(4999, {}, seriesOf(inFlight))).toEqual({ kind: 'wait', untilMs: 5000 });
    expect(taskAt(5000, {}, seriesOf(inFlight))).toEqual({ kind: 'resume', measurement: inFlight });
  });

  it('terminates a measurement in flight when the run is ending, and takes no further one', () => {
    const terminating = { terminating: true };
    expect(taskAt(0, {}, seriesOf(inFlight), terminating)).toEqual({
      kind: 'terminate',
      measurement: inFlight,
    });
    expect(taskAt(0, {}, undefined, terminating)).toEqual({ kind: 'none' });
    expect(taskAt(MINUTE * 9, endless, seriesOf(measurementOf('Successful')), terminating)).toEqual({
      kind: 'none',
    });
  });

  test.prop([
    fc.integer({ min: 1, max: 600 }),
    fc.integer({ min: 0, max: 100 }),
    fc.array(
      fc.record({
        lateMs: fc.nat(2_000_000),
        takesMs: fc.nat(2_000_000),
        phase: fc.constantFrom('Successful', 'Failed', 'Inconclusive'),
      }),
      { maxLength: 30 },
    ),
  ])(
    'never bunches: no two measurements fall on one tick, and each waits for its own',
    (seconds, delay, steps) => {
      const metric = preparedOf({
        interval: `${seconds}s`,
        initialDelay: `${delay}s`,
        failureLimit: 99,
        inconclusiveLimit: 99,
      });
      const startMs = delay * 1000;
      let result: MetricResult | undefined;
      let nowMs = 0;
      let lastTick = -1;
      for (const { lateMs, takesMs, phase } of steps) {
        const context = { runStartedAtMs: 0, terminating: false, cadence: 'fixed' } as const;
        const task = nextTask(metric, result, { ...context, nowMs });
        const dueMs = task.kind === 'wait' ? task.untilMs : nowMs;
        const beganMs = dueMs + lateMs;
        expect(nextTask(metric, result, { ...context, nowMs: beganMs })).toEqual({ kind: 'measure' });
        const tick = Math.floor((beganMs - startMs) / (seconds * 1000));
        expect(tick).toBeGreaterThan(lastTick);
        if (task.kind === 'wait') expect((dueMs - startMs) % (seconds * 1000)).toBe(0);
        lastTick = tick;
        nowMs = beganMs + takesMs;
        result = recordMeasurement(metric, result, measurementOf(phase, beganMs, nowMs), nowMs);
      }
    },
  );
});

interface Row {
  readonly last: Measurement;
  readonly cadence: Cadence;
  readonly until: number;
}
