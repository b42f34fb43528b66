import { describe, expect, it } from 'vitest';
import type { AnalysisRunStatus } from '../../schemas/index.js';
import { plan, type ServiceView, type Situation } from '../../service/controller/runs/plan.js';
import { readRunObject } from '../../service/controller/runs/run-object.js';

/** The end of a run is the last that is told of it. */
const end = { type: 'Warning', index: 0xffff };
const NOW = Date.parse('2026-11-28T12:00:00Z');

const object = (spec: object = {}, status?: object, metadata: object = {}) =>
  readRunObject({
    metadata: { name: 'run', namespace: 'shop', uid: 'u', resourceVersion: '7', ...metadata },
    spec: { metrics: [], ...spec },
    ...(status === undefined ? {} : { status }),
  });
const known = (status: AnalysisRunStatus): ServiceView => ({ kind: 'known', status });
const step = (fields: Partial<Situation>) =>
  plan({
    ...{ object: object(), service: { kind: 'unknown' }, seenAtMs: NOW - 10_000, isTerminated: false },
    ...{ progressEveryMs: 1_000, nowMs: NOW, ...fields },
  });
const running: AnalysisRunStatus = { phase: 'Running', startedAt: '2026-11-28T11:59:59Z' };
const failed: AnalysisRunStatus = {
  ...{ phase: 'Failed', message: 'why', verdict: 'rollback' },
  metricResults: [{ name: 'a', phase: 'Failed', failed: 1, count: 1 }],
};

describe('what is done next about an AnalysisRun', () => {
  it('is to hand it to the service, also one that has run before', () => {
    expect(step({})).toEqual({ kind: 'handOver' });
    expect(step({ object: object({}, { phase: 'Running' }) })).toEqual({ kind: 'handOver' });
  });

  it.each(['Successful', 'Failed', 'Error', 'Inconclusive'])('is nothing when it is %s', (phase) => {
    expect(step({ object: object({}, { phase }) })).toEqual({ kind: 'nothing' });
  });

  it.each`
    phase             | ttl                                                       | after
    ${'Successful'}   | ${{ secondsAfterCompletion: 5 }}                          | ${6}
    ${'Successful'}   | ${{ secondsAfterCompletion: 5, secondsAfterSuccess: 9 }}  | ${10}
    ${'Failed'}       | ${{ secondsAfterFailure: 3 }}                             | ${4}
    ${'Error'}        | ${{ secondsAfterFailure: 3, secondsAfterCompletion: 60 }} | ${61}
    ${'Inconclusive'} | ${{ secondsAfterSuccess: 3 }}                             | ${undefined}
  `(
    'is to delete a $phase one of ttlStrategy $ttl after $after s',
    ({ phase, ttl, after }: { phase: string; ttl: object; after?: number }) => {
      const completedAt = new Date(NOW).toISOString();
      const ended = object({ ttlStrategy: ttl }, { phase, completedAt });
      if (after === undefined) {
        expect(step({ object: ended })).toEqual({ kind: 'nothing' });
        return;
      }
      const dueMs = NOW + after * 1_000;
      expect(step({ object: ended, nowMs: dueMs - 1 })).toEqual({ kind: 'wait', untilMs: dueMs });
      expect(step({ object: ended, nowMs: dueMs })).toEqual({ kind: 'delete' });
    },
  );

  it('is to end the run, and to write nothing, while a finalizer holds what somebody has deleted', () => {
    const deleting = object({}, undefined, { deletionTimestamp: '2026-11-28T12:00:00Z' });
    const away = { kind: 'away', reason: 'why', sinceMs: NOW, retryAtMs: NOW + 1 } as const;
    const held = (fields: Partial<Situation>) => step({ object: deleting, ...fields });
    expect(held({ service: known(running) })).toEqual({ kind: 'terminate' });
    expect(held({ service: { kind: 'unknown' } })).toEqual({ kind: 'terminate' });
    expect(held({ service: { kind: 'unknown' }, isTerminated: true })).toEqual({ kind: 'nothing' });
    expect(held({ service: away })).toEqual({ kind: 'wait', untilMs: NOW + 1 });
    expect(held({ service: away, nowMs: NOW + 1 })).toEqual({ kind: 'terminate' });
    // What is ended early is Successful unless something had failed: it must promote nothing.
    expect(held({ service: known(failed) })).toEqual({ kind: 'nothing' });
    expect(held({ service: known(running), isTerminated: true })).toEqual({ kind: 'nothing' });
  });

  it('is to write a verdict at once, without what is ours only, and to tell of it', () => {
    expect(step({ service: known(failed), writtenAtMs: NOW - 1 })).toEqual({
      kind: 'write',
      status: { phase: 'Failed', message: 'why', metricResults: failed.metricResults },
      events: [
        {
          type: 'Warning',
          reason: 'MetricFailed',
          message: "Metric 'a' Completed. Result: Failed",
          index: 0,
        },
        { ...end, reason: 'AnalysisRunFailed', message: 'Analysis Completed. Result: Failed' },
      ],
    });
  });

  it('is to wait with how it stands, so that a short run is one write', () => {
    expect(step({ service: known(running), seenAtMs: NOW - 400 })).toEqual({
      kind: 'wait',
      untilMs: NOW + 600,
    });
    expect(step({ service: known(running), seenAtMs: NOW - 1_000 })).toMatchObject({ kind: 'write' });
    expect(step({ service: known(running), writtenAtMs: NOW - 999 })).toEqual({
      kind: 'wait',
      untilMs: NOW + 1,
    });
    expect(step({ service: known(running), progressEveryMs: 60_000 })).toEqual({
      kind: 'wait',
      untilMs: NOW + 50_000,
    });
  });

  it('is nothing when the object says how it stands, or what was written when the API server keeps less', () => {
    expect(step({ object: object({}, running), service: known(running) })).toEqual({ kind: 'nothing' });
    const written = { phase: 'Running', startedAt: '2026-11-28T11:59:59Z' };
    expect(step({ object: object({}, { phase: 'Running' }), service: known(running), written })).toEqual({
      kind: 'nothing',
    });
  });

  it('is to say so when the service measures it anew, and to tell again of what has ended', () => {
    const ended = { metricResults: [{ name: 'a', phase: 'Failed', count: 1 }] };
    const before = object({}, { ...running, ...ended, startedAt: '2026-11-28T11:00:00Z' });
    const service = known({ ...running, ...failed });
    expect(step({ object: before, service })).toMatchObject({
      events: [
        {
          ...{ type: 'Warning', reason: 'AnalysisRunRestarted' },
          message: 'The service no longer had this run: it is measured anew since 2026-11-28T11:59:59Z',
        },
        { reason: 'MetricFailed' },
        { reason: 'AnalysisRunFailed' },
      ],
    });
    const same = object({}, { ...running, ...ended });
    expect(step({ object: same, service })).toMatchObject({ events: [{ reason: 'AnalysisRunFailed' }] });
  });

  it('is to end it in the service once, when its spec says so and it goes on', () => {
    const ending = object({ terminate: true });
    expect(step({ object: ending, service: known(running) })).toEqual({ kind: 'terminate' });
    expect(step({ object: ending, service: known(running), isTerminated: true })).toMatchObject({
      kind: 'write',
    });
    expect(step({ object: ending, service: known(failed) })).toMatchObject({ kind: 'write' });
  });

  it('is to say that another run has its id, and what to do', () => {
    const by = { namespace: 'evil', name: 'run', cluster: undefined };
    expect(step({ service: { kind: 'taken', by } })).toMatchObject({
      kind: 'write',
      status: {
        phase: 'Error',
        message:
          "this id is taken by another run in the Assay service, evil/run, whose verdict is not this run's: " +
          'nothing was measured. Delete this AnalysisRun and create it anew',
      },
      events: [{ reason: 'AnalysisRunError' }],
    });
  });

  it('is to say what is wrong with a spec that the service refuses', () => {
    const faults = [
      { path: 'spec.metrics[0].interval', message: 'must be a duration' },
      {
        path: 'spec.metrics[0].successCondition',
        message: 'unexpected "=" (1:3)\na = 1\n  ^\nhint: write ==',
      },
      { path: '', message: 'no metrics specified' },
    ];
    expect(step({ service: { kind: 'refused', faults } })).toEqual({
      kind: 'write',
      status: {
        phase: 'Error',
        // In one line, as people see it in a column.
        message:
          'Analysis spec invalid: spec.metrics[0].interval: must be a duration; ' +
          'spec.metrics[0].successCondition: unexpected "=" (1:3) — hint: write ==; no metrics specified',
        startedAt: '2026-11-28T12:00:00Z',
        completedAt: '2026-11-28T12:00:00Z',
      },
      events: [{ ...end, reason: 'AnalysisRunError', message: 'Analysis Completed. Result: Error' }],
    });
  });
});

describe('while the service is away', () => {
  const away = (sinceMs: number, retryAtMs: number): ServiceView => ({
    ...{ kind: 'away', reason: 'no answer', sinceMs, retryAtMs },
  });

  it('it is asked again, and an object says nothing of a moment', () => {
    expect(step({ service: away(NOW - 1_000, NOW + 500) })).toEqual({ kind: 'wait', untilMs: NOW + 500 });
    expect(step({ service: away(NOW - 1_000, NOW + 9_000) })).toEqual({ kind: 'wait', untilMs: NOW + 4_000 });
    expect(step({ service: away(NOW - 1_000, NOW) })).toEqual({ kind: 'handOver' });
  });

  it('after some seconds the object says that it waits, once, and what it was stays', () => {
    const longAway = away(NOW - 5_000, NOW + 500);
    const message = 'waiting for the Assay service: no answer';
    expect(step({ service: longAway })).toEqual({
      kind: 'write',
      status: { phase: 'Pending', message },
      events: [],
    });
    expect(step({ object: object({}, running), service: longAway })).toEqual({
      kind: 'write',
      status: { ...running, message },
      events: [],
    });
    const told = object({}, { ...running, message });
    expect(step({ object: told, service: longAway })).toEqual({ kind: 'wait', untilMs: NOW + 500 });
  });

  it('an object that tells another reason tells this one, and not more often than every 20 s', () => {
    const because = (reason: string) =>
      object({}, { ...running, message: `waiting for the Assay service: ${reason}` });
    const service: ServiceView = {
      ...{
        kind: 'away',
        reason: 'http://s answered 403: no',
        sinceMs: NOW - 60_000,
        retryAtMs: NOW + 15_000,
      },
    };
    const refused = because('http://s can not be reached: connect ECONNREFUSED ::1:80');
    const write = {
      ...{ kind: 'write', events: [] },
      status: { ...running, message: 'waiting for the Assay service: http://s answered 403: no' },
    };
    expect(step({ object: refused, service })).toEqual(write);
    expect(step({ object: refused, service, writtenAtMs: NOW - 20_000 })).toEqual(write);
    expect(step({ object: refused, service, writtenAtMs: NOW - 19_000 })).toEqual({
      kind: 'wait',
      untilMs: NOW + 1_000,
    });
    // With many runs how one waits is written as rarely as how one goes on.
    expect(step({ object: refused, service, writtenAtMs: NOW - 20_000, progressEveryMs: 30_000 })).toEqual({
      ...{ kind: 'wait', untilMs: NOW + 10_000 },
    });
    const unreachable = {
      ...service,
      reason: 'http://s can not be reached: connect ECONNREFUSED 127.0.0.1:80',
    };
    expect(step({ object: refused, service: unreachable })).toEqual({ kind: 'wait', untilMs: NOW + 15_000 });
    expect(step({ object: because('http://s answered 401: who'), service })).toEqual(write);
  });
});
