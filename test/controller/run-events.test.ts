import { expect, it } from 'vitest';
import { RunEvents } from '../../service/controller/runs/run-events.js';
import { readRunObject } from '../../service/controller/runs/run-object.js';
import { createLog, type Timers } from '../../service/platform/index.js';
import { KubernetesError } from '../../service/providers/kubernetes/index.js';
import { eventually } from '../support/eventually.js';

const run = readRunObject({ metadata: { name: 'r', namespace: 'shop', uid: 'u' }, spec: {} });
const event = (reason: string, index: number) => ({ type: 'Normal', reason, message: 'm', index }) as const;

/** An API server that answers when the test says so, or when the request is ended. */
function recorder(timers: Timers = { set: () => () => undefined }) {
  const asked: string[] = [];
  const open: (() => void)[] = [];
  let recorded = 0;
  const events = new RunEvents({
    objectsUntil: (signal) => ({
      record: (_object, { reason }, atMs) =>
        new Promise<void>((resolve, reject) => {
          asked.push(`${reason} ${atMs}`);
          open.push(resolve);
          signal.addEventListener('abort', () => {
            reject(new Error('ended'));
          });
        }),
    }),
    ...{ clock: { nowMs: () => 7 }, timers, log: createLog({ level: 'silent' }) },
    onRecorded: () => (recorded += 1),
  });
  return {
    ...{ events, asked },
    recorded: () => recorded,
    answer: async () => {
      for (const each of open.splice(0)) each();
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

const six = ['a', 'b', 'c', 'd', 'e', 'f'].map(event);

it('events are recorded a few at a time, in their order, with the time at which they were told', async () => {
  const { events, asked, answer, recorded } = recorder();
  events.tell(run, six);
  expect(asked).toEqual(['a 7', 'b 7', 'c 7', 'd 7']);
  await answer();
  expect(asked).toEqual(['a 7', 'b 7', 'c 7', 'd 7', 'e 7', 'f 7']);
  await answer();
  expect(recorded()).toBe(6);
});

it('at the end those that are left are recorded', async () => {
  const { events, asked, answer, recorded } = recorder();
  events.tell(run, six);
  const ended = events.end();
  await answer();
  await answer();
  await ended;
  expect([asked.length, recorded()]).toEqual([6, 6]);
});

it('the end does not wait for ever for a server that does not answer', async () => {
  const due: (() => void)[] = [];
  const { events, asked, recorded } = recorder({
    set: (action) => {
      due.push(action);
      return () => undefined;
    },
  });
  events.tell(run, six);
  const ended = events.end();
  due.forEach((action) => {
    action();
  });
  await ended;
  expect([asked.length, recorded()]).toEqual([4, 0]);
});

it.each`
  what                             | error                                                          | tries
  ${'a server that is overloaded'} | ${new KubernetesError('rateLimited', 'later', 429)}            | ${5}
  ${'a server that is away'}       | ${new KubernetesError('unreachable', 'no connection')}         | ${5}
  ${'a server that refuses it'}    | ${new KubernetesError('unauthorized', 'it is not yours', 403)} | ${1}
`('of $what an event is asked for $tries times', async ({ error, tries }) => {
  const pauses: number[] = [];
  const asked: string[] = [];
  const events = new RunEvents({
    objectsUntil: () => ({
      record: (_object, { reason }) => {
        asked.push(reason);
        return Promise.reject(error as KubernetesError);
      },
    }),
    timers: {
      set: (action, delayMs) => {
        if (delayMs < 2_000 || pauses.length < 4) {
          pauses.push(delayMs);
          setImmediate(action);
        }
        return () => undefined;
      },
    },
    ...{ clock: { nowMs: () => 7 }, log: createLog({ level: 'silent' }), onRecorded: () => undefined },
  });
  events.tell(run, [event('a', 0)]);
  await eventually('it is given up', () => (asked.length === tries ? true : undefined));
  await events.end();
  expect(asked).toEqual(Array.from({ length: tries as number }, () => 'a'));
  expect(pauses.slice(0, (tries as number) - 1)).toEqual(
    [500, 1_000, 2_000, 4_000].slice(0, (tries as number) - 1),
  );
});
