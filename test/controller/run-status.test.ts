import { describe, expect, it } from 'vitest';
import type { AnalysisRunStatus } from '../../schemas/index.js';
import { isOlder, readRunObject } from '../../service/controller/runs/run-object.js';
import {
  eventsBetween,
  objectStatus,
  progressOf,
  statusPatch,
} from '../../service/controller/runs/run-status.js';
import { roomBeside } from '../../service/controller/runs/status-size.js';

const shown = (status: AnalysisRunStatus, otherBytes = 1_000) =>
  objectStatus(status, roomBeside('u', otherBytes));

describe('the status of an object', () => {
  it("has Argo Rollouts' fields only, times in whole seconds, and no empty metadata", () => {
    const at = '2026-11-28T12:00:00.123Z';
    const seconds = '2026-11-28T12:00:00Z';
    expect(
      shown({
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
    const { metricResults: [long, short] = [], ...rest } = shown(status);
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
    expect(shown(many)).toEqual(many);
  });

  it('has no longer queries of its metrics than an API server stores, and all else', () => {
    const status: AnalysisRunStatus = {
      phase: 'Successful',
      metricResults: Array.from({ length: 16 }, (_, index) => ({
        ...{ name: `m${index}`, phase: 'Successful', count: 1 },
        measurements: [{ phase: 'Successful', value: '1' }],
        metadata: { ResolvedPrometheusQuery: 'x'.repeat(100_000) },
      })),
    };
    const { metricResults = [], ...rest } = shown(status);
    expect(rest).toEqual({ phase: 'Successful' });
    expect(metricResults).toHaveLength(16);
    for (const { metadata, ...result } of metricResults) {
      expect(metadata).toEqual({ ResolvedPrometheusQuery: `${'x'.repeat(999)}…` });
      expect(result).toMatchObject({ count: 1, measurements: [{ value: '1' }] });
    }
  });

  it.each`
    what                   | count    | result                                                                | left
    ${'many messages'}     | ${450}   | ${{ message: 'e'.repeat(4_096) }}                                     | ${{ message: `${'e'.repeat(999)}…` }}
    ${'many measurements'} | ${5_000} | ${{ measurements: [{ phase: 'Error', message: 'e'.repeat(4_096) }] }} | ${{}}
  `('with $what has of each metric what fits', ({ count, result, left }) => {
    const metrics = Array.from({ length: count as number }, (_, index) => ({
      ...{ name: `m${index}`, phase: 'Error' as const, error: 5 },
      ...(result as object),
    }));
    const { message, metricResults = [] } = shown({ phase: 'Error', message: 'why', metricResults: metrics });
    expect(metricResults).toHaveLength(count as number);
    expect(metricResults[7]).toEqual({ name: 'm7', phase: 'Error', error: 5, ...(left as object) });
    const place = 'why (too large for this object, details are in the service: GET /v1/analysisruns/u)';
    expect(message).toBe(Object.keys(left as object).length > 0 ? 'why' : place);
  });

  it('leaves room for what is stored beside it, and has at least its phase and what was found', () => {
    const status: AnalysisRunStatus = {
      ...{ phase: 'Failed', message: 'why', startedAt: '2026-11-28T12:00:00Z', runSummary: { failed: 1 } },
      metricResults: [{ name: 'm', phase: 'Failed', message: 'm'.repeat(1_000) }],
    };
    expect(shown(status)).toEqual(status);
    const { metricResults: _all, ...rest } = status;
    expect(shown(status, 1_499_950)).toEqual({
      ...rest,
      message: 'why (too large for this object, details are in the service: GET /v1/analysisruns/u)',
    });
  });

  it('counts what an API server writes longer', () => {
    const measurements = Array.from({ length: 200 }, () => ({
      ...{ phase: 'Successful' as const, value: '<'.repeat(4_000) },
    }));
    const status: AnalysisRunStatus = {
      ...{ phase: 'Successful', metricResults: [{ name: 'm', phase: 'Successful', measurements }] },
    };
    expect(shown(status).metricResults?.[0]?.measurements).toHaveLength(25);
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
