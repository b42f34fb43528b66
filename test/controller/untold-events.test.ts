import { describe, expect, it } from 'vitest';
import { readRunObject } from '../../service/controller/runs/run-object.js';
import { UntoldEvents } from '../../service/controller/runs/untold-events.js';

const object = (status: object = {}) =>
  readRunObject({ metadata: { name: 'r', namespace: 'shop', uid: 'u' }, spec: {}, status });
const EVENTS = [{ index: 0, type: 'Normal', reason: 'AnalysisRunSuccessful', message: 'm' }] as const;
const SUCCESSFUL = { phase: 'Successful' };

describe('events of a status that was written', () => {
  it('are told when the answer comes, once', () => {
    const untold = new UntoldEvents();
    untold.keep(object(), { status: SUCCESSFUL, events: EVENTS });
    expect(untold.take(object(SUCCESSFUL))).toEqual(EVENTS);
    expect(untold.of(object(SUCCESSFUL))).toEqual([]);
  });

  it('are told when the object is seen to have it, as its answer was lost, and not before', () => {
    const untold = new UntoldEvents();
    untold.keep(object(), { status: SUCCESSFUL, events: EVENTS });
    expect(untold.of(object({ phase: 'Running' }))).toEqual([]);
    expect(untold.of(object({ phase: 'Failed' }))).toEqual([]);
    expect(untold.of(object(SUCCESSFUL))).toEqual(EVENTS);
    expect(untold.take(object(SUCCESSFUL))).toEqual([]);
  });

  it('of a run that goes on are told when the object has all of it', () => {
    const untold = new UntoldEvents();
    const status = { phase: 'Running', metricResults: [{ name: 'a', phase: 'Successful' }] };
    untold.keep(object(), { status, events: EVENTS });
    expect(untold.of(object({ phase: 'Running' }))).toEqual([]);
    expect(untold.of(object(status))).toEqual(EVENTS);
  });

  it('are forgotten with the object, and with the next write', () => {
    const untold = new UntoldEvents();
    untold.keep(object(), { status: SUCCESSFUL, events: EVENTS });
    untold.drop(object());
    expect(untold.take(object())).toEqual([]);
    untold.keep(object(), { status: SUCCESSFUL, events: EVENTS });
    untold.keep(object(), { status: SUCCESSFUL, events: [] });
    expect(untold.of(object(SUCCESSFUL))).toEqual([]);
  });
});
