import { describe, expect, it } from 'vitest';
import { colorsWhen } from '../../../service/cli/phase-style.js';
import { ageText } from '../../../service/cli/rollouts/age.js';
import { viewPod } from '../../../service/cli/rollouts/pod-view.js';
import { listLines, rolloutLines, statusLine } from '../../../service/cli/rollouts/rollout-text.js';
import { type RolloutObjects, rolloutTree } from '../../../service/cli/rollouts/rollout-tree.js';
import { phaseOf, viewRollout } from '../../../service/cli/rollouts/rollout-view.js';
import { analysisRun, BLUE_GREEN, CANARY, pod, replicaSet, SERVING, WITHOUT_IMAGE } from './objects.js';

const BORN = '2026-01-01T00:00:00Z';
const NOW_MS = Date.parse('2026-01-01T00:05:00Z');

/** As the server stores it: with a UID and a time. */
const stored = <Json extends { readonly metadata: object }>(json: Json, uid: string) => ({
  ...json,
  metadata: { ...json.metadata, uid, creationTimestamp: BORN },
});

const ONE = replicaSet('r', {
  ...{ app: 'guestbook', hash: 'one', revision: 1, image: 'shop/app:1', replicas: 3, available: 3 },
  annotations: { 'scale-down-deadline': '2026-01-01T00:05:30Z' },
});
const TWO = replicaSet('r', {
  ...{ app: 'guestbook', hash: 'two', revision: 2, image: 'shop/app:2', replicas: 1, available: 1 },
});

const CANARY_OBJECTS: RolloutObjects = {
  rollout: stored(CANARY, 'r'),
  replicaSets: [
    stored(ONE, 's1'),
    stored(TWO, 's2'),
    stored(
      replicaSet('other', {
        ...{ app: 'x', hash: 'y' },
        ...{ revision: 7, image: 'z', replicas: 1, available: 1 },
      }),
      's3',
    ),
  ],
  pods: [
    stored(pod('guestbook-one-a', 'guestbook-one', 's1', SERVING(2)), 'p1'),
    stored(pod('guestbook-two-a', 'guestbook-two', 's2', WITHOUT_IMAGE), 'p2'),
    stored(pod('stranger', 'x', 's3', SERVING()), 'p3'),
  ],
  analysisRuns: [stored(analysisRun('r', BORN), 'a1')],
  experiments: [],
};

const linesOf = (objects: RolloutObjects) => rolloutLines(rolloutTree(objects), NOW_MS, colorsWhen(false));

describe('what `assay rollouts get` shows', () => {
  it('is a header, and what belongs to the Rollout by revision', () => {
    expect(linesOf(CANARY_OBJECTS).join('\n')).toBe(
      `
Name:            guestbook
Namespace:       shop
Status:          ॥ Paused
Message:         CanaryPauseStep
Strategy:        Canary
  Step:          1/4
  SetWeight:     25
  ActualWeight:  25
Images:          shop/app:1 (stable)
                 shop/app:2 (canary)
Replicas:
  Desired:       4
  Current:       4
  Updated:       1
  Ready:         4
  Available:     4

NAME                        KIND         STATUS              AGE  INFO
⟳ guestbook                 Rollout      ॥ Paused            5m
├──# revision:2
│  ├──⧉ guestbook-two       ReplicaSet   ✔ Healthy           5m   canary
│  │  └──□ guestbook-two-a  Pod          ⚠ ImagePullBackOff  5m   ready:0/1
│  └──α guestbook-two-2-1   AnalysisRun  ◌ Running           5m   ✔ 2,✖ 1,⚠ 1
│     └──⊞ smoke-job        Job          ✔ Successful        5m
└──# revision:1
   └──⧉ guestbook-one       ReplicaSet   ✔ Healthy           5m   stable,delay:30s
      └──□ guestbook-one-a  Pod          ✔ Running           5m   ready:1/1,restarts:2`.trimStart(),
    );
  });

  it('has colours that take no columns', () => {
    const colorful = rolloutLines(rolloutTree(CANARY_OBJECTS), NOW_MS, colorsWhen(true));
    expect(colorful.join('\n')).toContain('\u001b[32mstable\u001b[39m');
    expect(colorful.map((line) => line.replace(/\u001b\[\d+m/g, ''))).toEqual(linesOf(CANARY_OBJECTS));
  });

  it('tells the active and the preview version of a switch apart', () => {
    const version = { app: 'cart', replicas: 1, available: 1 };
    const blue = replicaSet('r', { ...version, hash: 'blue', revision: 1, image: 'shop/cart:1' });
    const green = replicaSet('r', { ...version, hash: 'green', revision: 2, image: 'shop/cart:2' });
    const tree = rolloutTree({
      ...{ rollout: stored(BLUE_GREEN, 'r'), replicaSets: [stored(blue, 'b'), stored(green, 'g')] },
      ...{ pods: [], analysisRuns: [], experiments: [] },
    });
    expect(tree.images).toEqual([
      { image: 'shop/cart:1', tags: ['stable', 'active'] },
      { image: 'shop/cart:2', tags: ['preview'] },
    ]);
    expect(statusLine(tree)).toBe('Paused - BlueGreenPause (updated 1 of 1, available 1)');
  });

  it('takes the weight of a router from what it has set', () => {
    const strategy = { canary: { ...CANARY.spec.strategy.canary, trafficRouting: {} } };
    const rollout = { ...CANARY, spec: { ...CANARY.spec, strategy } };
    const weights = { canary: { weight: 10 }, stable: { weight: 90 } };
    const routed = { ...rollout, status: { ...CANARY.status, canary: { weights } } };
    expect(rolloutTree({ ...CANARY_OBJECTS, rollout: routed }).actualWeight).toBe(10);
    expect(rolloutTree({ ...CANARY_OBJECTS, rollout }).actualWeight).toBe(25);
  });
});

describe('how a Rollout stands', () => {
  const withStatus = (status: object, metadata = CANARY.metadata) => ({ ...CANARY, metadata, status });

  it.each([
    [
      'a change that the controller has not seen',
      withStatus(CANARY.status, { ...CANARY.metadata, generation: 2 }),
      'Progressing',
      'waiting for rollout spec update to be observed',
    ],
    [
      'a pause that was ended',
      withStatus({ ...CANARY.status, pauseConditions: null }),
      'Progressing',
      'waiting for rollout to unpause',
    ],
    ['nothing was written yet', withStatus({}), 'Progressing', 'more replicas need to be updated'],
    [
      'it was aborted by an old controller',
      withStatus({ conditions: [{ type: 'Progressing', reason: 'RolloutAborted', message: 'bad' }] }),
      'Degraded',
      'RolloutAborted: bad',
    ],
    [
      'all of it is stable',
      withStatus({
        updatedReplicas: 4,
        availableReplicas: 4,
        replicas: 4,
        stableRS: 'a',
        currentPodHash: 'a',
      }),
      'Healthy',
      '',
    ],
  ])('when %s', (_, rollout, phase, message) => {
    expect(phaseOf(rollout)).toEqual({ phase, message });
  });

  it('wants no traffic for a canary that was aborted, and all of it after the steps', () => {
    expect(viewRollout(withStatus({ ...CANARY.status, abort: true })).setWeight).toBe(0);
    expect(viewRollout(withStatus({ ...CANARY.status, currentStepIndex: 4 })).setWeight).toBe(100);
  });

  it('is a line of a list', () => {
    expect(listLines([CANARY, BLUE_GREEN], true)).toEqual([
      'NAMESPACE  NAME        STRATEGY   STATUS        STEP  SET-WEIGHT  READY  DESIRED  UP-TO-DATE  AVAILABLE',
      'shop       guestbook   Canary     Paused        1/4   25          4/4    4        1           4',
      'shop       cart        BlueGreen  Paused        -     -           1/2    1        1           1',
    ]);
  });
});

describe('how a pod stands', () => {
  const init = (state: object, more: object = {}) => ({
    phase: 'Pending',
    initContainerStatuses: [{ name: 'init', ready: false, restartCount: 1, state, ...more }],
  });
  const spec = { initContainers: [{ name: 'init' }], containers: [{ name: 'a' }, { name: 'b' }] };
  const container = (state: object, ready = false) => ({ name: 'a', ready, restartCount: 3, state });

  it.each([
    [init({ waiting: { reason: 'ErrImagePull' } }), 'Init:ErrImagePull', 1],
    [init({ waiting: { reason: 'PodInitializing' } }), 'Init:0/1', 1],
    [init({ terminated: { exitCode: 3 } }), 'Init:ExitCode:3', 1],
    [init({ terminated: { exitCode: 137, signal: 9 } }), 'Init:Signal:9', 1],
    [init({ terminated: { exitCode: 0 } }), 'Pending', 0],
    [{ phase: 'Running', containerStatuses: [container({ terminated: { exitCode: 1 } })] }, 'ExitCode:1', 3],
    [
      {
        phase: 'Running',
        containerStatuses: [
          container({ terminated: { reason: 'Completed', exitCode: 0 } }),
          container({ running: {} }, true),
        ],
      },
      'Running',
      6,
    ],
    [{ phase: 'Failed', reason: 'Evicted' }, 'Evicted', 0],
  ])('%j is %s', (status, text, restarts) => {
    const view = viewPod({ metadata: { name: 'p' }, spec, status });
    expect(view.status).toBe(text);
    expect(view.restarts).toBe(restarts);
  });

  it('ends once it is deleted', () => {
    const metadata = { name: 'p', deletionTimestamp: BORN };
    expect(viewPod({ metadata, spec, status: SERVING() })).toMatchObject({
      status: 'Terminating',
      ready: '1/2',
    });
  });
});

it.each([
  [-5, '<invalid>'],
  [119, '119s'],
  [200, '3m20s'],
  [1_000, '16m'],
  [7_500, '125m'],
  [11_100, '3h5m'],
  [90_000, '25h'],
  [266_400, '3d2h'],
  [864_000, '10d'],
  [94_608_000, '3y'],
])('an age of %d s is %s', (seconds, text) => {
  expect(ageText(seconds * 1_000)).toBe(text);
});
