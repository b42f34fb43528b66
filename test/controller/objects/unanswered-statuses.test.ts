import { describe, expect, it } from 'vitest';
import type { Stored } from '../../../service/controller/objects/object-cache.js';
import { eventsAfter, UnansweredStatuses } from '../../../service/controller/objects/unanswered-statuses.js';
import { KubernetesError, readMeta } from '../../../service/providers/kubernetes/index.js';

const LOST = new KubernetesError('unreachable', 'socket hang up');
const REFUSED = new KubernetesError('badResponse', 'invalid', 422);

const stored = (resourceVersion: string, status: object, uid = 'u'): Stored => {
  const metadata = { namespace: 'shop', name: 'checkout', uid, resourceVersion };
  return { metadata: readMeta(metadata), json: { metadata, status } };
};

/** Statuses, and what was told of them. */
function begun() {
  const statuses = new UnansweredStatuses();
  const told: string[] = [];
  return {
    ...{ statuses, told },
    write: async (of: Stored, patch: Readonly<Record<string, unknown>>, name: string, error?: Error) => {
      const writing = statuses.write(
        ...([of, patch] as const),
        () => (error === undefined ? Promise.resolve() : Promise.reject(error)),
        () => told.push(name),
      );
      await (error === undefined ? writing : expect(writing).rejects.toBe(error));
    },
  };
}

const STEP_1 = { currentStepIndex: 1, pauseConditions: null, canary: { weight: 25 } };

describe('what is told of a status whose write had no answer', () => {
  it('is told once the object has it, and not before', async () => {
    const { statuses, told, write } = begun();
    await write(stored('7', { currentStepIndex: 0 }), STEP_1, 'step 1', LOST);
    statuses.look(stored('7', { currentStepIndex: 0 }));
    expect(told).toEqual([]);
    const now = stored('8', { currentStepIndex: 1, canary: { weight: 25, other: 1 }, phase: 'Paused' });
    statuses.look(now);
    statuses.look(now);
    expect(told).toEqual(['step 1']);
  });

  it.each([
    ['a change of somebody else was stored instead', stored('8', { currentStepIndex: 0 })],
    ['what it takes away is there', stored('8', { ...STEP_1, pauseConditions: [{}] })],
    ['there is another object of the name', stored('8', { ...STEP_1, pauseConditions: undefined }, 'v')],
  ])('is not told when %s', async (_what, now) => {
    const { statuses, told, write } = begun();
    await write(stored('7', {}), STEP_1, 'step 1', LOST);
    statuses.look(now);
    statuses.look(stored('9', STEP_1));
    expect(told).toEqual([]);
  });

  it('is told of the one that is stored of several', async () => {
    const { statuses, told, write } = begun();
    for (const second of [1, 2, 3])
      await write(stored('7', {}), { ...STEP_1, startedAt: second }, `at ${second}`, LOST);
    statuses.look(stored('8', { ...STEP_1, startedAt: 1 }));
    expect(told).toEqual(['at 1']);
  });

  it('is left to whoever gets the answer to the next write, or a refusal', async () => {
    const { statuses, told, write } = begun();
    await write(stored('7', {}), STEP_1, 'lost', LOST);
    await write(stored('7', {}), STEP_1, 'written');
    statuses.look(stored('8', STEP_1));
    await write(stored('8', STEP_1), STEP_1, 'refused', REFUSED);
    statuses.look(stored('9', STEP_1));
    await write(stored('9', STEP_1), STEP_1, 'forgotten', LOST);
    statuses.forget('shop/checkout');
    statuses.look(stored('10', STEP_1));
    expect(told).toEqual([]);
  });
});

it('what is told of an action are the events right after it', () => {
  const actions = ['patchStatus', 'event', 'event', 'scale', 'event'].map((kind, at) => ({ kind, at }));
  expect(eventsAfter(actions, 0).map(({ at }) => at)).toEqual([1, 2]);
  expect(eventsAfter(actions, 3).map(({ at }) => at)).toEqual([4]);
  expect(eventsAfter(actions, 4)).toEqual([]);
});
