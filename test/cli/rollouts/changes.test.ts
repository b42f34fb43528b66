import { describe, expect, it } from 'vitest';
import { promoteFullPatches, promotePatches, restartPatches } from '../../../service/cli/rollouts/patches.js';
import { withImages } from '../../../service/cli/rollouts/set-image.js';
import { planUndo } from '../../../service/cli/rollouts/undo.js';
import { BLUE_GREEN, CANARY, replicaSet } from './objects.js';

const withStatus = (status: object) => ({ ...CANARY, status: { ...CANARY.status, ...status } });
const paused = { spec: { paused: false } };

describe('a promotion', () => {
  it('ends a pause, and leaves the step to the controller', () => {
    expect(promotePatches(CANARY)).toEqual({
      status: { status: { pauseConditions: null } },
      unified: { spec: { paused: false }, status: { pauseConditions: null } },
    });
    expect(promotePatches(BLUE_GREEN).status).toEqual({ status: { pauseConditions: null } });
  });

  it('leaves a step that does not pause', () => {
    const status = { pauseConditions: null, currentStepIndex: 2 };
    expect(promotePatches(withStatus({ pauseConditions: [] }))).toEqual({
      ...{ status: { status }, unified: { ...paused, status } },
    });
    expect(promotePatches(withStatus({ pauseConditions: [], currentStepIndex: 4 })).status).toEqual({
      status: { pauseConditions: null, currentStepIndex: 4 },
    });
  });

  it('leaves the step that an Inconclusive analysis has paused', () => {
    const canary = { currentStepAnalysisRunStatus: { name: 'a', status: 'Inconclusive' } };
    expect(promotePatches(withStatus({ canary })).status).toEqual({
      status: { pauseConditions: null, controllerPause: false, currentStepIndex: 2 },
    });
  });

  it("ends a pause of the user's own too", () => {
    const rollout = { ...CANARY, spec: { ...CANARY.spec, paused: true } };
    expect(promotePatches(rollout).spec).toEqual(paused);
    expect(promoteFullPatches(rollout).spec).toEqual(paused);
  });

  it('of all that is left is not kept for a Rollout that is stable', () => {
    expect(promoteFullPatches(CANARY).status).toEqual({ status: { promoteFull: true } });
    expect(promoteFullPatches(withStatus({ stableRS: 'two' })).status).toBeUndefined();
  });
});

it('a restart is written in whole seconds', () => {
  expect(restartPatches(Date.parse('2026-01-01T00:00:00.900Z')).spec).toEqual({
    spec: { restartAt: '2026-01-01T00:00:00Z' },
  });
});

describe('images', () => {
  it('change for the containers of a name, and all else stays', () => {
    const changed = withImages(CANARY, [{ container: 'app', image: 'shop/app:3' }]);
    const template = {
      ...CANARY.spec.template,
      spec: { containers: [{ name: 'app', image: 'shop/app:3' }] },
    };
    expect(changed).toEqual({ ...CANARY, spec: { ...CANARY.spec, template } });
  });

  it('change for all containers with a star, also those that come first', () => {
    const spec = { initContainers: [{ name: 'i', image: 'a' }], containers: [{ name: 'c', image: 'b' }] };
    expect(withImages({ spec: { template: { spec } } }, [{ container: '*', image: 'x' }])).toEqual({
      spec: {
        template: {
          spec: { initContainers: [{ name: 'i', image: 'x' }], containers: [{ name: 'c', image: 'x' }] },
        },
      },
    });
  });

  it('do not change when there is no such container', () => {
    expect(withImages(CANARY, [{ container: 'other', image: 'x' }])).toBeUndefined();
  });
});

describe('going back', () => {
  const rollout = { ...CANARY, metadata: { ...CANARY.metadata, uid: 'r' } };
  const version = (revision: number, owner = 'r') =>
    replicaSet(owner, {
      ...{ app: 'guestbook', hash: `h${revision}`, image: `shop/app:${revision}` },
      ...{ revision, replicas: 0, available: 0 },
    });
  const all = [version(1), version(3, 'other'), version(2)];
  const template = (revision: number) => ({
    metadata: { labels: { app: 'guestbook' } },
    spec: { containers: [{ name: 'app', image: `shop/app:${revision}` }] },
  });

  it('is to the version before the newest, without its hash', () => {
    expect(planUndo(rollout, all, 0)).toEqual({
      kind: 'patch',
      patch: [{ op: 'replace', path: '/spec/template', value: template(1) }],
    });
  });

  it('is to the revision that is named', () => {
    expect(planUndo(rollout, all, 1).kind).toBe('patch');
    expect(planUndo(rollout, all, 2)).toEqual({ kind: 'same' });
    expect(planUndo(rollout, all, 3)).toEqual({ kind: 'unknownRevision' });
    expect(planUndo(rollout, [version(2)], 0)).toEqual({ kind: 'unknownRevision' });
  });
});
