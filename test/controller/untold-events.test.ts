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

  it('are forgotten with the object, and once another write was answered', () => {
    const untold = new UntoldEvents();
    untold.keep(object(), { status: SUCCESSFUL, events: EVENTS });
    untold.drop(object());
    expect(untold.take(object())).toEqual([]);
    untold.keep(object(), { status: SUCCESSFUL, events: EVENTS });
    untold.keep(object(), { status: { phase: 'Running' }, events: [] });
    expect(untold.take(object())).toEqual([]);
    expect(untold.of(object(SUCCESSFUL))).toEqual([]);
    // The same again, with nothing to tell.
    untold.keep(object(), { status: SUCCESSFUL, events: EVENTS });
    untold.keep(object(), { status: SUCCESSFUL, events: [] });
    expect(untold.of(object(SUCCESSFUL))).toEqual([]);
  });

  const running = (count: number) => ({
    phase: 'Running',
    metricResults: [
      { name: 'a', phase: 'Successful' },
      { name: 'b', phase: 'Running', count },
    ],
  });
  const eventOf = (count: number) =>
    [{ index: count, type: 'Normal', reason: `Metric${count}`, message: 'm' }] as const;

  it('are told although the run went on, and another write was begun before the object was seen', () => {
    const untold = new UntoldEvents();
    untold.keep(object(), { status: running(1), events: eventOf(1) });
    untold.keep(object(), { status: running(2), events: [] });
    expect(untold.of(object())).toEqual([]);
    expect(untold.of(object(running(1)))).toEqual(eventOf(1));
    expect(untold.of(object(running(2)))).toEqual([]);
    expect(untold.of(object(running(1)))).toEqual([]);
  });

  it.each([1, 99, 100])('are told of write %i of many that had no answer', (stored) => {
    const untold = new UntoldEvents();
    for (let count = 1; count <= 100; count += 1)
      untold.keep(object(), { status: running(count), events: eventOf(count) });
    expect(untold.of(object(running(stored)))).toEqual(eventOf(stored));
  });

  it('are forgotten when somebody else has ended the run', () => {
    const untold = new UntoldEvents();
    untold.keep(object(), { status: SUCCESSFUL, events: EVENTS });
    expect(untold.of(object({ phase: 'Failed' }))).toEqual([]);
    expect(untold.of(object(SUCCESSFUL))).toEqual([]);
  });
});
