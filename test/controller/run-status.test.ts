import { describe, expect, it } from 'vitest';
import type { AnalysisRunStatus } from '../../schemas/index.js';
import { isOlder, readRunObject } from '../../service/controller/runs/run-object.js';
import {
  eventsBetween,
  objectStatus,
  progressOf,
  statusPatch,
} from '../../service/controller/runs/run-status.js';

describe('the status of an object', () => {
  it("has Argo Rollouts' fields only, times in whole seconds, and no empty metadata", () => {
    const at = '2026-11-28T12:00:00.123Z';
    const seconds = '2026-11-28T12:00:00Z';
    expect(
      objectStatus({
        ...{ phase: 'Running', startedAt: at, verdict: 'hold', message: `at ${at}` },
        metricResults: [
          {
            ...{ name: 'a', phase: 'Running', metadata: {} },
            measurements: [{ phase: 'Running', startedAt: at, resumeAt: at, metadata: { at } }],
          },
          { name: 'b', phase: 'Pending', metadata: { ResolvedPrometheusQuery: 'q' } },
        ],
      }),
    ).toEqual({
      ...{ phase: 'Running', startedAt: seconds, message: `at ${at}` },
      metricResults: [
        {
          ...{ name: 'a', phase: 'Running' },
          measurements: [{ phase: 'Running', startedAt: seconds, resumeAt: seconds, metadata: { at } }],
        },
        { name: 'b', phase: 'Pending', metadata: { ResolvedPrometheusQuery: 'q' } },
      ],
    });
  });

  it('has no more of the latest measurements of each metric than an API server stores', () => {
    const measured = (count: number, value: string) =>
      Array.from({ length: count }, (_, index) => ({
        phase: 'Successful' as const,
        value: `${index} ${value}`,
      }));
    const large = 'ü'.repeat(4_000);
    const status: AnalysisRunStatus = {
      ...{ phase: 'Failed', message: 'why' },
      metricResults: [
        { name: 'long', phase: 'Failed', count: 400, measurements: measured(400, large) },
        { name: 'short', phase: 'Successful', count: 3, measurements: measured(3, 'x') },
      ],
    };
    const { metricResults: [long, short] = [], ...rest } = objectStatus(status);
    expect(rest).toEqual({ phase: 'Failed', message: 'why' });
    expect(short).toEqual(status.metricResults?.[1]);
    expect(long?.count).toBe(400);
    const values = (long?.measurements ?? []).map(({ value = '' }) => value.split(' ')[0]);
    expect(values).toEqual(Array.from({ length: 100 }, (_, index) => String(300 + index)));
    // What is small stays whole, however much it is.
    const many = {
      ...status,
      metricResults: [{ name: 'm', phase: 'Failed' as const, measurements: measured(5_000, 'x') }],
    };
    expect(objectStatus(many)).toEqual(many);
  });

  it('is written as a patch that takes away what is no longer there, also within its summaries', () => {
    const before = {
      phase: 'Running',
      message: 'waits',
      runSummary: { count: 2, error: 1 },
      metricResults: [1],
    };
    const after = { phase: 'Successful', runSummary: { count: 2, successful: 2 }, metricResults: [] };
    expect(statusPatch(before, after)).toEqual({
      ...{ phase: 'Successful', message: null, metricResults: [] },
      runSummary: { count: 2, successful: 2, error: null },
    });
  });
});

describe('events', () => {
  it('are of metrics that have ended since, and of the run when it has', () => {
    const before = {
      metricResults: [
        { name: 'a', phase: 'Successful' },
        { name: 'b', phase: 'Running' },
      ],
    };
    const metricResults = [
      { name: 'a', phase: 'Successful' as const },
      { name: 'b', phase: 'Inconclusive' as const },
    ];
    expect(eventsBetween(before, { phase: 'Running', metricResults })).toEqual([
      {
        ...{ type: 'Normal', reason: 'MetricInconclusive', index: 1 },
        message: "Metric 'b' Completed. Result: Inconclusive",
      },
    ]);
    expect(
      eventsBetween(before, { phase: 'Inconclusive', metricResults }).map(({ reason }) => reason),
    ).toEqual(['MetricInconclusive', 'AnalysisRunInconclusive']);
  });
});

describe('of two states of a run', () => {
  it('the one with more measurements is later, and the end is last', () => {
    const result = (count: number, running: boolean) => ({
      phase: 'Running' as const,
      metricResults: [
        {
          ...{ name: 'a', phase: 'Running' as const, count },
          measurements: running ? [{ phase: 'Running' as const }] : [],
        },
      ],
    });
    const states = [
      { phase: 'Running' as const },
      result(0, true),
      result(1, false),
      result(1, true),
      result(2, false),
      { phase: 'Failed' as const },
    ];
    const progress = states.map(progressOf);
    expect(progress).toEqual([...progress].sort((one, other) => one - other));
    expect(new Set(progress).size).toBe(states.length);
  });
});

describe('of two versions of an object', () => {
  const meta = (uid: string, resourceVersion: string) =>
    readRunObject({ metadata: { name: 'a', namespace: 'n', uid, resourceVersion } }).metadata;

  it.each`
    one      | other   | older
    ${'9'}   | ${'10'} | ${true}
    ${'10'}  | ${'9'}  | ${false}
    ${'10'}  | ${'10'} | ${false}
    ${'abc'} | ${'10'} | ${false}
  `('$one is older than $other: $older', ({ one, other, older }: Record<string, string>) => {
    expect(isOlder(meta('u', one ?? ''), meta('u', other ?? ''))).toBe(older);
  });

  it('those of another object are never older', () => {
    expect(isOlder(meta('u', '1'), meta('v', '2'))).toBe(false);
  });
});
