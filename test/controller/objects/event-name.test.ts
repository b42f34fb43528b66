import { expect, it } from 'vitest';
import { recordEvent } from '../../../service/controller/objects/events.js';
import {
  eventName,
  indexPlace,
  LAST_INDEX,
  placeOf,
} from '../../../service/controller/objects/event-name.js';
import { readRunObject } from '../../../service/controller/runs/run-object.js';
import { createRunObjects } from '../../../service/controller/runs/run-objects.js';
import { eventsBetween } from '../../../service/controller/runs/run-status.js';
import type { KubernetesApi } from '../../../service/providers/kubernetes/index.js';

const NAME = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const quiet = new AbortController().signal;

/** An API server that keeps the events that it is sent. */
function recorder() {
  const sent: { readonly name: string; readonly reason: string }[] = [];
  const api: KubernetesApi = {
    request: ({ body }) => {
      const { metadata, reason } = body as { metadata: { name: string }; reason: string };
      sent.push({ name: metadata.name, reason });
      return Promise.resolve({});
    },
    lines: () => {
      throw new Error('nothing is watched');
    },
    close: () => undefined,
  };
  const byName = (): readonly string[] =>
    sent.toSorted((one, other) => (one.name < other.name ? -1 : 1)).map(({ reason }) => reason);
  return { api, sent, byName };
}

const event = (reason: string) => ({ type: 'Normal', reason, message: 'm' }) as const;

it('events of a Rollout of one second are in their order by name, as kubectl lists them', async () => {
  const { api, byName } = recorder();
  const told = Array.from({ length: 40 }, (_, at) => `Event${at}`);
  for (const [at, reason] of told.entries()) {
    const resourceVersion = String(90 + Math.floor(at / 4));
    const subject = { kind: 'Rollout', namespace: 'shop', name: 'checkout', uid: 'u' } as const;
    await recordEvent(api, { ...subject, resourceVersion }, event(reason), 7, quiet, { index: at % 4 });
  }
  expect(byName()).toEqual(told);
});

it('events of a run are in the order of its metrics, however they ended, and its end is the last', async () => {
  const { api, byName, sent } = recorder();
  const objects = createRunObjects(api, quiet);
  const run = readRunObject({ metadata: { name: 'r', namespace: 'shop', uid: 'u' }, spec: {} });
  const result = (name: string, phase: 'Running' | 'Successful' | 'Failed') => ({ name, phase });
  const [first, second] = [
    { phase: 'Running' as const, metricResults: [result('a', 'Running'), result('b', 'Failed')] },
    { phase: 'Failed' as const, metricResults: [result('a', 'Successful'), result('b', 'Failed')] },
  ];
  const events = [...eventsBetween({}, first), ...eventsBetween(first, second)];
  for (const each of events.toReversed()) await objects.record(run, each, 7);
  expect(byName()).toEqual(['MetricSuccessful', 'MetricFailed', 'AnalysisRunFailed']);
  // Another controller that tells the same makes no other event of it.
  const names = sent.map(({ name }) => name);
  for (const each of events) await objects.record(run, each, 8);
  expect(new Set(sent.map(({ name }) => name))).toEqual(new Set(names));
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
