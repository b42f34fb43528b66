import { expect, it } from 'vitest';
import { ANY_STATE, newEvent } from '../../../service/controller/objects/events.js';
import {
  eventName,
  indexPlace,
  LAST_INDEX,
  placeOf,
} from '../../../service/controller/objects/event-name.js';
import { eventsBetween } from '../../../service/controller/runs/run-status.js';

const NAME = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

const event = (reason: string) => ({ type: 'Normal', reason, message: 'm' }) as const;
const rollout = { kind: 'Rollout', namespace: 'shop', name: 'checkout', uid: 'u' } as const;
const run = { kind: 'AnalysisRun', namespace: 'shop', name: 'r', uid: 'u', resourceVersion: '9' } as const;

/** The reasons of events as they are listed: by their names. */
const byName = (events: ReadonlyMap<string, string>): readonly string[] =>
  [...events].toSorted(([one], [other]) => (one < other ? -1 : 1)).map(([, reason]) => reason);

it('events of a Rollout of one second are in their order by name, as kubectl lists them', () => {
  const told = Array.from({ length: 40 }, (_, at) => `Event${at}`);
  const names = told.map((reason, at) => {
    const resourceVersion = String(90 + Math.floor(at / 4));
    return newEvent({ ...rollout, resourceVersion }, event(reason), 7, { index: at % 4 }).name;
  });
  expect(byName(new Map(names.map((name, at) => [name, told[at] ?? ''])))).toEqual(told);
});

it('events of a run are in the order of its metrics, however they ended, and its end is the last', () => {
  const result = (name: string, phase: 'Running' | 'Successful' | 'Failed') => ({ name, phase });
  const [first, second] = [
    { phase: 'Running' as const, metricResults: [result('a', 'Running'), result('b', 'Failed')] },
    { phase: 'Failed' as const, metricResults: [result('a', 'Successful'), result('b', 'Failed')] },
  ];
  const events = [...eventsBetween({}, first), ...eventsBetween(first, second)];
  const named = (resourceVersion: string, atMs: number): ReadonlyMap<string, string> =>
    new Map(
      events.map(({ index, ...each }) => [
        newEvent({ ...run, resourceVersion }, each, atMs, { index, state: ANY_STATE }).name,
        each.reason,
      ]),
    );
  expect(byName(named('9', 7))).toEqual(['MetricSuccessful', 'MetricFailed', 'AnalysisRunFailed']);
  // Another controller that tells the same makes no other event of it.
  expect(named('10', 8)).toEqual(named('9', 7));
});

it('names are those that releases before have given', () => {
  const names = [
    newEvent({ ...rollout, resourceVersion: '7' }, event('a'), 7, { index: 1 }).name,
    newEvent({ ...rollout, resourceVersion: '7' }, event('a'), 7).name,
    newEvent({ ...rollout, resourceVersion: '7' }, event('a'), 7, { state: '2' }).name,
    newEvent(run, event('a'), 7, { index: 1, state: ANY_STATE }).name,
  ];
  expect(names).toEqual([
    eventName('checkout', placeOf('7', 1), ['u', '7', event('a')]),
    eventName('checkout', placeOf('7', LAST_INDEX), ['u', '7', event('a')]),
    eventName('checkout', placeOf('2', LAST_INDEX), ['u', '2', event('a')]),
    eventName('r', indexPlace(1), ['u', event('a')]),
  ]);
});

it.each([
  ['a long name', `${'a'.repeat(252)}z`],
  ['a name that is cut before a dot', 'a.'.repeat(126) + 'a'],
  ['a name that is cut before a dash', 'a-'.repeat(126) + 'a'],
])('%s still makes a valid one', (_what, name) => {
  for (const place of [placeOf(String(2n ** 63n - 1n), LAST_INDEX), indexPlace(3)]) {
    const made = eventName(name, place, ['u', place]);
    expect(made.length).toBeLessThanOrEqual(253);
    expect(made).toMatch(NAME);
  }
});

it('a version that is no number goes before all others', () => {
  expect(placeOf('abc', 1) < placeOf('1', 0)).toBe(true);
  expect(placeOf(undefined, 1)).toBe(placeOf('abc', 1));
});
