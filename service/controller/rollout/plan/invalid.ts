import type { RolloutStatus } from '../../../../schemas/index.js';
import type { Plan } from '../types.js';
import { conditionOf, setCondition } from './conditions.js';
import { earliest } from './moments.js';
import { phaseOf } from './phase.js';
import { type Scene, withStatus } from './scene.js';
import { statusActions } from './status-patch.js';
import type { SpecFault } from './spec-fault.js';
import { planTraffic, type TrafficPlan } from './traffic.js';
import { versionServices } from './version-services.js';

/** A Service or a template may yet come: it is looked at again after so long, ms. */
const RETRY_MS = 20_000;

/**
 * Nothing is done about a Rollout with faults but to tell all of them, and to keep traffic from a Service that is gone. A
 * Service that is there again, or a spec without faults, and it goes on where it was.
 */
export function planInvalid(scene: Scene, faults: readonly SpecFault[]): Plan {
  const { name, status, nowMs, rollout } = scene;
  const told = faults.map(({ path, message }) => `${path}: ${message}`).join('; ');
  const message = `The Rollout "${name}" is invalid: ${told}`;
  const old = status.conditions ?? [];
  const isNews = conditionOf(old, 'InvalidSpec')?.message !== message;
  const wanted = { type: 'InvalidSpec', status: 'True', reason: 'InvalidSpec', message };
  const conditions = isNews ? setCondition(old, wanted, nowMs, true) : old;
  const traffic = awayFromMissing(scene, faults);
  const { weights } = traffic ?? {};
  const seen: RolloutStatus = {
    ...status,
    ...(weights === undefined ? {} : { canary: { ...status.canary, weights } }),
    conditions,
    observedGeneration: String(rollout.metadata?.generation ?? 0),
  };
  const after: RolloutStatus = { ...seen, ...phaseOf(scene, seen) };
  return {
    actions: [
      ...(traffic?.actions ?? []),
      ...statusActions(status, after),
      ...(isNews ? ([{ kind: 'event', type: 'Warning', reason: 'InvalidSpec', message }] as const) : []),
    ],
    requeueAtMs: earliest([nowMs + RETRY_MS, traffic?.requeueAtMs]) ?? nowMs + RETRY_MS,
  };
}

/**
 * What routers send to a Service that does not exist fails: the stable version gets it, as after an abort. Undefined: no
 * Service of a canary is gone, or the stable one is too.
 */
function awayFromMissing(scene: Scene, faults: readonly SpecFault[]): TrafficPlan | undefined {
  const { canary, stable } = versionServices(scene);
  const isMissing = (name: string): boolean => faults.some(({ missingService }) => missingService === name);
  return isMissing(canary) && !isMissing(stable)
    ? planTraffic(withStatus(scene, { abort: true }))
    : undefined;
}
