import type { Plan, Snapshot } from '../types.js';
import { planBlueGreen } from './blue-green.js';
import { planCanary } from './canary.js';
import { defaultActions } from './defaulted.js';
import { historyActions } from './history.js';
import { planInvalid } from './invalid.js';
import { createActions, greetingActions, rolloutRevisionActions, syncActions } from './revision.js';
import { type Scene, sceneOf } from './scene.js';
import type { SpecFault } from './spec-fault.js';
import { faultsOf } from './validate.js';
import { workloadNoteActions, workloadScaleActions } from './workload.js';
import { writeStatus } from './status.js';

/**
 * What is to be done about a Rollout, from what is there: the same snapshot gives the same plan, and once nothing is left to
 * be done the plan is empty, whoever has done it and how often. The behaviour is that of Argo Rollouts 1.10, but for this: a
 * verdict moves the traffic in the plan that learns of it, pods go only after their traffic has been seen to, and a run that
 * nobody measures ends the rollout.
 */
export function plan(snapshot: Snapshot): Plan {
  const scene = sceneOf(snapshot);
  const { rollout, newSet } = scene;
  if (rollout.metadata?.deletionTimestamp !== undefined) return { actions: [] };
  const { faults: misshapen = [] } = snapshot;
  const faults: readonly SpecFault[] = misshapen.length > 0 ? misshapen : faultsOf(scene);
  const greeting = greetingActions(scene);
  if (faults.length > 0) {
    const { actions, ...rest } = planInvalid(scene, faults);
    // A policy may have been changed since the pods were refused.
    const again = faults.every(({ isRefusal }) => isRefusal === true) ? createActions(scene) : [];
    return { actions: [...greeting, ...actions, ...again], ...rest };
  }
  const noted = [
    ...greeting,
    ...defaultActions(scene),
    ...workloadNoteActions(scene),
    ...rolloutRevisionActions(scene),
    ...syncActions(scene),
  ];
  if (newSet === undefined) return { actions: [...noted, ...createActions(scene)] };
  const { actions, requeueAtMs } = byStrategy(scene);
  return {
    actions: [...noted, ...actions, ...historyActions(scene), ...workloadScaleActions(scene)],
    ...(requeueAtMs === undefined ? {} : { requeueAtMs }),
  };
}

const byStrategy = (scene: Scene): Plan => {
  if (scene.canary !== undefined) return planCanary(scene);
  if (scene.blueGreen !== undefined) return planBlueGreen(scene);
  return writeStatus(scene, scene, { change: {}, isMayEnd: false });
};
