import { expect, it, onTestFinished, vi } from 'vitest';
import { EventRecorder } from '../../../service/controller/objects/event-recorder.js';
import { KubernetesError } from '../../../service/providers/kubernetes/index.js';
import type { ApiRequest } from '../../../service/providers/kubernetes/kubernetes-api.js';
import { FakeTime } from '../../engine/fake-time.js';
import { keptLog } from '../kept-log.js';

const AWAY = new KubernetesError('unreachable', 'connection refused');
const BUSY = new KubernetesError('rateLimited', 'later', 429);
const ILL = new KubernetesError('badResponse', 'etcd has no leader', 500);
const SLOW = new KubernetesError('timeout', 'no answer in time');
const UNKNOWN = new KubernetesError('unauthorized', 'Unauthorized', 401);
const FORBIDDEN = new KubernetesError('unauthorized', 'events is forbidden', 403);
const EXISTS = new KubernetesError('badResponse', 'events "x" already exists', 409);

interface Asked {
  readonly reason: string;
  /** As the event says. */
  readonly at: string;
  readonly atMs: number;
}

/** A recorder, and an API server that does with each event what the test says: undefined: it is taken. */
function begun(answer: (reason: string) => Error | undefined | Promise<undefined> = () => undefined) {
  const time = new FakeTime();
  const { log, entries } = keptLog();
  const asked: Asked[] = [];
  const taken: string[] = [];
  const told: string[] = [];
  let ended: Promise<Error> | undefined;
  const tellIn = (namespace: string, ...reasons: readonly string[]): void => {
    for (const reason of reasons)
      recorder.tell(
        { kind: 'Rollout', namespace, name: 'checkout', uid: `u-${reason}`, resourceVersion: '7' },
        { type: 'Normal', reason, message: 'm' },
        { onTold: () => told.push(reason) },
      );
  };
  const request = async ({ body, signal }: ApiRequest): Promise<unknown> => {
    const { reason, firstTimestamp: at } = body as { reason: string; firstTimestamp: string };
    asked.push({ reason, at, atMs: time.nowMs() });
    await Promise.resolve();
    ended ??= new Promise<Error>((resolve) => {
      signal.addEventListener('abort', () => {
        resolve(new KubernetesError('canceled', 'ended'));
      });
    });
    // As the connection does.
    const listener = (): void => undefined;
    signal.addEventListener('abort', listener);
    const error = await Promise.race([answer(reason), ended]).finally(() => {
      signal.removeEventListener('abort', listener);
    });
    if (error !== undefined) throw error;
    taken.push(reason);
    return {};
  };
  const recorder = new EventRecorder({ api: { request }, clock: time, timers: time, log });
  return {
    ...{ time, asked, taken, told, log: entries, recorder },
    tellIn,
    tell: (...reasons: readonly string[]) => {
      tellIn('shop', ...reasons);
    },
    /** All of one object. */
    tellOf: (uid: string, ...reasons: readonly string[]) => {
      for (const [index, reason] of reasons.entries())
        recorder.tell(
          { kind: 'Rollout', namespace: 'shop', name: 'checkout', uid, resourceVersion: '7' },
          { type: 'Normal', reason, message: 'm' },
          { index, onTold: () => told.push(reason) },
        );
    },
    reasons: () => asked.map(({ reason }) => reason),
  };
}

/** An API server that answers when the test says so. */
function patient() {
  const open: (() => void)[] = [];
  const started = begun(
    () =>
      new Promise<undefined>((resolve) => {
        open.push(() => {
          resolve(undefined);
        });
      }),
  );
  const answer = async (): Promise<void> => {
    for (const each of open.splice(0)) each();
    await started.time.advance(0);
  };
  return { ...started, answer };
}

const SIX = ['a', 'b', 'c', 'd', 'e', 'f'];

it('events are recorded a few at a time, in their order', async () => {
  const { tell, time, reasons, told, answer } = patient();
  tell(...SIX);
  await time.advance(0);
  expect(reasons()).toEqual(['a', 'b', 'c', 'd']);
  expect(told).toEqual([]);
  await answer();
  expect(reasons()).toEqual(SIX);
  await answer();
  expect(told).toEqual(SIX);
});

it('while the server is away they are kept, and recorded in their order and with their times when it is back', async () => {
  let isAway = true;
  const { tell, time, asked, taken, told } = begun(() => (isAway ? AWAY : undefined));
  tell('a');
  await time.advance(10_000);
  tell('b');
  await time.advance(110_000);
  // 0.5 s, 1, 2, then 3 each, a quarter more or less.
  expect(asked.length).toBeGreaterThan(30);
  expect(asked.length).toBeLessThan(120);
  expect([taken, told]).toEqual([[], []]);
  isAway = false;
  await time.advance(3_750);
  expect([taken, told]).toEqual([
    ['a', 'b'],
    ['a', 'b'],
  ]);
  expect(asked.slice(-2).map(({ at }) => at)).toEqual(['2026-11-25T00:00:00Z', '2026-11-25T00:00:10Z']);
  const before = asked.length;
  await time.advance(60_000);
  expect(asked).toHaveLength(before);
});

it.each([
  ['is overloaded', BUSY],
  ['is ill', ILL],
])('a server that %s is asked ever more rarely, however many events wait', async (_what, error) => {
  const { tell, time, asked, log } = begun(() => error);
  tell(...Array.from({ length: 500 }, (_, at) => `Event${at}`));
  await time.advance(0);
  expect(asked.length).toBeLessThanOrEqual(12);
  await time.advance(60_000);
  expect(asked.length).toBeLessThan(60);
  expect(log.map(({ msg }) => msg)).toEqual(['events wait until the API server takes them']);
});

it('events that the server has trouble with keep no others from being recorded', async () => {
  const { tell, time, taken, reasons } = begun((reason) => (reason.startsWith('bad') ? ILL : undefined));
  tell('bad1', 'bad2', 'bad3', 'bad4', 'bad5', ...SIX);
  await time.advance(0);
  expect(taken).toEqual(SIX);
  await time.advance(30_000);
  expect(reasons().filter((reason) => reason === 'bad1').length).toBeLessThan(12);
});

it('an event that the server refuses is given up, and told of once', async () => {
  const { tell, time, asked, told, log } = begun(() => FORBIDDEN);
  tell('a');
  await time.advance(60_000);
  expect([asked.length, told]).toEqual([1, []]);
  expect(log).toMatchObject([{ msg: 'an event could not be recorded', reason: 'a' }]);
});

it('one that is there already was told', async () => {
  const { tell, time, asked, told, log } = begun(() => EXISTS);
  tell('a');
  await time.advance(60_000);
  expect([asked.length, told, log]).toEqual([1, ['a'], []]);
});

it('an event that waits is told of once, however often it comes', async () => {
  let isAway = true;
  const { tell, time, taken } = begun(() => (isAway ? AWAY : undefined));
  tell('a', 'a');
  await time.advance(5_000);
  tell('a');
  isAway = false;
  await time.advance(5_000);
  expect(taken).toEqual(['a']);
});

it('of too many the oldest are given up, and how many is told once the server takes events', async () => {
  let isAway = true;
  const { tell, time, taken, log } = begun(() => (isAway ? AWAY : undefined));
  const all = Array.from({ length: 10_010 }, (_, at) => `Event${at}`);
  tell(...all);
  await time.advance(10_000);
  isAway = false;
  await time.advance(5_000);
  expect(taken).toHaveLength(10_000);
  expect(taken).toContain('Event10009');
  expect(log.slice(1)).toMatchObject([
    {
      level: 'warn',
      events: 10,
      msg: 'events were not recorded: the API server did not take them in time, or they were too many',
    },
  ]);
});

it('an event that the server did not take for half an hour is given up', async () => {
  let isAway = true;
  const { tell, time, taken, log } = begun(() => (isAway ? AWAY : undefined));
  tell('old');
  await time.advance(20 * 60_000);
  tell('new');
  await time.advance(11 * 60_000);
  isAway = false;
  await time.advance(5_000);
  expect(taken).toEqual(['new']);
  expect(log.at(-1)).toMatchObject({ events: 1 });
});

it('at the end those that are left are recorded', async () => {
  const { tell, time, recorder, told, answer } = patient();
  tell(...SIX);
  await time.advance(0);
  const ended = recorder.end();
  await answer();
  await answer();
  await ended;
  expect(told).toEqual(SIX);
  tell('late');
  await time.advance(0);
  expect(told).toEqual(SIX);
});

it('at the end those that wait for their turn are tried at once', async () => {
  let isIll = true;
  const { tell, time, recorder, told } = begun(() => (isIll ? ILL : undefined));
  tell(...SIX);
  await time.advance(60_000);
  isIll = false;
  await Promise.all([recorder.end(), time.advance(0)]);
  expect(told.toSorted()).toEqual(SIX);
});

it('the end does not wait for ever for a server that does not answer, and tells what is left', async () => {
  const { tell, time, recorder, asked, told, log } = patient();
  tell(...SIX);
  await time.advance(0);
  let isOver = false;
  const ended = recorder.end().then(() => {
    isOver = true;
  });
  await time.advance(1_999);
  expect(isOver).toBe(false);
  await time.advance(1);
  await ended;
  expect([asked.length, told]).toEqual([4, []]);
  expect(log).toMatchObject([{ events: 6 }]);
});

it('records those of one object one after the other, in their order, and those of others meanwhile', async () => {
  const { tellOf, reasons, taken, answer, time } = patient();
  tellOf('a', 'A1', 'A2', 'A3');
  tellOf('b', 'B1', 'B2');
  await time.advance(0);
  expect(reasons()).toEqual(['A1', 'B1']);
  await answer();
  expect(reasons()).toEqual(['A1', 'B1', 'A2', 'B2']);
  await answer();
  await answer();
  expect(taken).toEqual(['A1', 'B1', 'A2', 'B2', 'A3']);
});

it('has those of an object wait behind one that the server does not take yet, and not behind one that it refuses', async () => {
  let ill = true;
  const { tellOf, taken, time } = begun((reason) => {
    if (reason === 'Refused') return FORBIDDEN;
    return reason === 'Ill' && ill ? ILL : undefined;
  });
  tellOf('a', 'Refused', 'Ill', 'Last');
  tellOf('b', 'Other');
  await time.advance(100);
  expect(taken).toEqual(['Other']);
  ill = false;
  await time.advance(20_000);
  expect(taken).toEqual(['Other', 'Ill', 'Last']);
});

it('records what was told after one that was given up for its age', async () => {
  const { tellOf, taken, time } = begun((reason) => (reason === 'Ill' ? ILL : undefined));
  tellOf('a', 'Ill');
  await time.advance(20 * 60_000);
  tellOf('a', 'Later');
  await time.advance(20 * 60_000);
  expect(taken).toEqual(['Later']);
});

it.each([
  ['has trouble with', 0, ILL],
  ['does not answer in time', 10_000, SLOW],
])(
  'events of a namespace that the server %s for long keep no others from being recorded',
  async (_what, afterMs, error) => {
    const { tell, tellIn, time, taken } = begun((reason) => {
      if (!reason.startsWith('bad')) return undefined;
      return new Promise<undefined>((_resolve, reject) => {
        time.set(() => {
          reject(error);
        }, afterMs);
      });
    });
    tellIn('ill', ...Array.from({ length: 200 }, (_, at) => `bad${at}`));
    await time.advance(5 * 60_000);
    tell(...SIX);
    // As long as nothing but those is told it is asked every 15 s, a quarter more or less.
    await time.advance(18_750);
    expect(taken.toSorted()).toEqual(SIX);
  },
);

it('an event is kept while the server does not know who asks', async () => {
  let error: Error | undefined = UNKNOWN;
  const { tell, time, taken } = begun(() => error);
  tell('a');
  await time.advance(5_000);
  error = undefined;
  await time.advance(10_000);
  expect(taken).toEqual(['a']);
});

it('what a server refuses that has begun to work just now is tried again, as it may not know yet who may do what', async () => {
  let error: Error | undefined = AWAY;
  const { tell, time, taken, log } = begun(() => error);
  tell(...SIX);
  await time.advance(60_000);
  error = FORBIDDEN;
  await time.advance(4_000);
  error = undefined;
  await time.advance(5_000);
  expect(taken.toSorted()).toEqual(SIX);
  error = FORBIDDEN;
  await time.advance(10_000);
  tell('late');
  await time.advance(0);
  expect(log.at(-1)).toMatchObject({ msg: 'an event could not be recorded', reason: 'late' });
});

it('a server that takes events is sent more of them at once where they fall behind, and few again after one that it did not take', async () => {
  const warned = vi.fn();
  process.on('warning', warned);
  onTestFinished(() => void process.off('warning', warned));
  let [open, most, isBusy] = [0, 0, false];
  const { tell, tellIn, time } = begun(async () => {
    open += 1;
    most = Math.max(most, open);
    await new Promise<void>((resolve) => {
      time.set(resolve, 20);
    });
    open -= 1;
    if (isBusy) throw BUSY;
    return undefined;
  });
  tell(...Array.from({ length: 5_000 }, (_, at) => `a${at}`));
  await time.advance(480);
  expect(most).toBe(4);
  await time.advance(10_000);
  expect([most, open]).toEqual([16, 0]);
  // Node takes more than ten listeners of a signal for a leak.
  expect(warned).not.toHaveBeenCalled();
  isBusy = true;
  tell('busy');
  await time.advance(20);
  most = 0;
  tellIn('other', ...Array.from({ length: 20 }, (_, at) => `b${at}`));
  await time.advance(20);
  expect(most).toBe(4);
});

it('a server is not asked before it wants to be', async () => {
  const busy = new KubernetesError('rateLimited', 'later', 429, { retryAfterMs: 30_000 });
  const { tell, time, asked } = begun(() => busy);
  tell('a');
  await time.advance(29_999);
  expect(asked).toHaveLength(1);
  await time.advance(1);
  expect(asked).toHaveLength(2);
});
