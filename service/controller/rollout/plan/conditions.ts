import type { RolloutCondition } from '../../../../schemas/index.js';
import { secondsMoment } from './moments.js';

/** Conditions of a Rollout, one of a type. */
export type Conditions = readonly RolloutCondition[];

/** The condition of a type; undefined: there is none. */
export const conditionOf = (conditions: Conditions, type: string): RolloutCondition | undefined =>
  conditions.find((each) => each.type === type);

/** A condition that is to be set. */
export type Wanted = Pick<RolloutCondition, 'type' | 'status' | 'reason' | 'message'>;

/**
 * Sets a condition. One of the same status and reason stays as it is, whatever its message: Argo Rollouts' message of an
 * abort is that of its first reason. `refresh`: all of it is written anew, as it was true again.
 */
export function setCondition(
  conditions: Conditions,
  wanted: Wanted,
  nowMs: number,
  refresh = false,
): Conditions {
  const old = conditionOf(conditions, wanted.type);
  if (!refresh && old?.status === wanted.status && old.reason === wanted.reason) return conditions;
  const now = secondsMoment(nowMs);
  const lastTransitionTime = old?.status === wanted.status ? old.lastTransitionTime : now;
  return [
    ...withoutCondition(conditions, wanted.type),
    { ...wanted, lastTransitionTime, lastUpdateTime: now },
  ];
}

/** Takes the condition of a type away. */
export const withoutCondition = (conditions: Conditions, type: string): Conditions =>
  conditions.some((each) => each.type === type)
    ? conditions.filter((each) => each.type !== type)
    : conditions;
