import type { RolloutStatus } from '../../../../schemas/index.js';
import type { Plan } from '../types.js';
import { conditionOf, setCondition } from './conditions.js';
import { phaseOf } from './phase.js';
import type { Scene } from './scene.js';
import { statusActions } from './status-patch.js';
import type { SpecFault } from './spec-fault.js';

/** A Service or a template may yet come: it is looked at again after so long, ms. */
const RETRY_MS = 20_000;

/** Nothing is done about a Rollout with faults but to tell all of them. */
export function planInvalid(scene: Scene, faults: readonly SpecFault[]): Plan {
  const { name, status, nowMs, rollout } = scene;
  const told = faults.map(({ path, message }) => `${path}: ${message}`).join('; ');
  const message = `The Rollout "${name}" is invalid: ${told}`;
  const old = status.conditions ?? [];
  const isNews = conditionOf(old, 'InvalidSpec')?.message !== message;
  const wanted = { type: 'InvalidSpec', status: 'True', reason: 'InvalidSpec', message };
  const conditions = isNews ? setCondition(old, wanted, nowMs, true) : old;
  const seen: RolloutStatus = {
    ...status,
    conditions,
    observedGeneration: String(rollout.metadata?.generation ?? 0),
  };
  const after: RolloutStatus = { ...seen, ...phaseOf(scene, seen) };
  return {
    actions: [
      ...statusActions(status, after),
      ...(isNews ? ([{ kind: 'event', type: 'Warning', reason: 'InvalidSpec', message }] as const) : []),
    ],
    requeueAtMs: nowMs + RETRY_MS,
  };
}
