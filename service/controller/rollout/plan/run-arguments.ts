import {
  isList,
  isObject,
  type Argument,
  type Rollout,
  type RolloutArgument,
} from '../../../../schemas/index.js';
import { hashOf } from './replica-set.js';
import type { Scene } from './scene.js';

/** The arguments of a run, or why one of them has no value. */
export type RunArguments =
  | { readonly ok: true; readonly args: readonly Argument[] }
  | { readonly ok: false; readonly message: string };

/**
 * The values of a rollout's arguments, as Argo Rollouts fills them: a label or annotation that is not there is an empty text,
 * any other field that is not there an error, and an argument without a value is an empty text also where the template has one.
 */
export function runArguments(scene: Scene, args: readonly RolloutArgument[]): RunArguments {
  const filled: Argument[] = [];
  for (const { name, value, valueFrom } of args) {
    if (valueFrom === undefined) {
      filled.push({ name, value: value ?? '' });
      continue;
    }
    const found = valueOf(scene, valueFrom);
    if ('message' in found) return { ok: false, message: `argument '${name}': ${found.message}` };
    filled.push({ name, value: found.value });
  }
  return { ok: true, args: filled };
}

type Found = { readonly value: string } | { readonly message: string };

function valueOf(scene: Scene, from: NonNullable<RolloutArgument['valueFrom']>): Found {
  if (from.podTemplateHashValue === 'Latest') return { value: scene.hash };
  if (from.podTemplateHashValue === 'Stable') {
    const value = hashOf(scene.stableSet);
    return value === '' ? { message: 'there is no stable version yet' } : { value };
  }
  if (from.podTemplateHashValue !== undefined)
    return { message: `podTemplateHashValue must be Latest or Stable, not '${from.podTemplateHashValue}'` };
  if (from.fieldRef !== undefined) return fieldOf(scene.rollout, from.fieldRef.fieldPath);
  return { message: 'valueFrom must have podTemplateHashValue or fieldRef' };
}

const KEYED = /^metadata\.(labels|annotations)\['([^']*)'\]$/;

/** The value of a field of a Rollout, as a text: `metadata.labels['region']`, `spec.strategy.canary.steps[0].setWeight`. */
export function fieldOf(rollout: Rollout, path: string): Found {
  const [, map, key] = KEYED.exec(path) ?? [];
  if (map !== undefined && key !== undefined) {
    return {
      value: (map === 'labels' ? rollout.metadata?.labels : rollout.metadata?.annotations)?.[key] ?? '',
    };
  }
  let value: unknown = rollout;
  for (const name of path.split(/[.[\]]+/).filter((part) => part !== '')) {
    if (isList(value)) value = value[Number(name)];
    else if (isObject(value)) value = value[name];
    else value = undefined;
  }
  if (value === undefined || value === null) return { message: `the Rollout has no ${path}` };
  if (typeof value === 'string') return { value };
  if (typeof value === 'number' || typeof value === 'boolean') return { value: String(value) };
  return { message: `${path} of the Rollout must be a single value` };
}
