import type { Action, ReplicaSet } from '../types.js';
import { earliest } from './moments.js';
import { HASH_LABEL } from './names.js';
import { availableOf, byRevision, deadlineOf, hashOf, sizeOf, total } from './replica-set.js';
import { NO_SCALING, type Scaling, scaleTo, setDeadline } from './scaling.js';
import { isPromoted, type Scene, serviceNamed } from './scene.js';
import { surgeOf } from './surge.js';
import { versionServices } from './version-services.js';

/** Seconds for which the version of before stays where the Rollout says nothing. */
const DELAY = 30;

/** Older versions are scaled down: where pods shift the traffic as fast as enough stay available, else after a delay. */
export function scaleOthers(scene: Scene): Scaling {
  const { others, canary } = scene;
  const active = others.filter((set) => sizeOf(set) > 0).toSorted(byRevision);
  if (active.length === 0) return NO_SCALING;
  return canary !== undefined && canary.trafficRouting === undefined
    ? byAvailability(scene, active)
    : afterDelay(scene, active);
}

/** Pods that are not available go first: they serve nobody, and hold up the rest. */
function byAvailability(scene: Scene, active: readonly ReplicaSet[]): Scaling {
  const available = total(scene.all, availableOf);
  let room = available - (scene.replicas - surgeOf(scene).unavailable);
  const actions: Action[] = [];
  for (const set of active) {
    const healthy = Math.min(sizeOf(set), availableOf(set));
    const taken = Math.max(0, Math.min(healthy, room));
    room -= taken;
    if (healthy - taken < sizeOf(set)) actions.push(...scaleTo(scene, set, healthy - taken));
  }
  return { actions };
}

function afterDelay(scene: Scene, active: readonly ReplicaSet[]): Scaling {
  const { canary, blueGreen } = scene;
  const limit =
    canary?.scaleDownDelayRevisionLimit ?? blueGreen?.scaleDownDelayRevisionLimit ?? Number.POSITIVE_INFINITY;
  let waiting = 0;
  const parts: Scaling[] = [];
  for (const set of active) {
    if (isReferenced(scene, set)) continue;
    const mayWait = deadlineOf(set) !== undefined || hasDelay(scene);
    if (mayWait) waiting += 1;
    parts.push(mayWait && waiting <= limit ? waitOrEnd(scene, set) : { actions: scaleTo(scene, set, 0) });
  }
  return {
    actions: parts.flatMap(({ actions }) => actions),
    requeueAtMs: earliest(parts.map((part) => part.requeueAtMs)),
  };
}

/** A version that was overtaken in the middle of its canary has no traffic, and need not wait. */
const hasDelay = (scene: Scene): boolean =>
  scene.blueGreen !== undefined || (isPromoted(scene) && scene.canary?.dynamicStableScale !== true);

function waitOrEnd(scene: Scene, set: ReplicaSet): Scaling {
  const { canary, blueGreen, nowMs } = scene;
  const deadlineMs = deadlineOf(set);
  if (deadlineMs !== undefined)
    return nowMs < deadlineMs
      ? { actions: [], requeueAtMs: deadlineMs }
      : { actions: scaleTo(scene, set, 0) };
  const seconds = canary?.scaleDownDelaySeconds ?? blueGreen?.scaleDownDelaySeconds ?? DELAY;
  if (seconds === 0) return { actions: scaleTo(scene, set, 0) };
  const atMs = nowMs + seconds * 1000;
  return { actions: [setDeadline(set, atMs)], requeueAtMs: atMs };
}

/** Traffic may go to it: the status, a router or a Service names it. */
export function isReferenced(scene: Scene, set: ReplicaSet): boolean {
  const { status, blueGreen } = scene;
  const hash = hashOf(set);
  const weights = status.canary?.weights;
  const { stable, canary } = versionServices(scene);
  const services = [stable, canary, blueGreen?.activeService, blueGreen?.previewService];
  return (
    hash !== '' &&
    [
      ...[
        status.stableRS,
        status.currentPodHash,
        status.blueGreen?.activeSelector,
        status.blueGreen?.previewSelector,
      ],
      ...[weights?.canary.podTemplateHash, weights?.stable.podTemplateHash],
      ...services.map((name) => serviceNamed(scene, name)?.spec.selector?.[HASH_LABEL]),
    ].includes(hash)
  );
}
