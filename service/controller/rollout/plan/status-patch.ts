import { isDeepStrictEqual } from 'node:util';
import { isObject, type RolloutStatus } from '../../../../schemas/index.js';
import type { Action, Json } from '../types.js';

/** Writes a status where it is another one than before. */
export function statusActions(before: RolloutStatus, after: RolloutStatus): readonly Action[] {
  const patch = statusPatch(before, after);
  return patch === undefined ? [] : [{ kind: 'patchStatus', patch, status: tidy(after) }];
}

/** The merge patch from one status to the other; undefined: they say the same. */
export const statusPatch = (before: Json, after: Json): Json | undefined =>
  mergePatch(tidy(before), tidy(after));

/** Without what Go leaves out: nothing, no, none and empty. An index of 0 is one. */
function tidy(status: Json): Json {
  const kept = Object.entries(status)
    .map(([name, value]) => [name, isObject(value) ? tidy(value) : value] as const)
    .filter(([name, value]) => !isEmpty(name, value));
  return Object.fromEntries(kept);
}

/** Fields whose Go type is a pointer, or that are always written. */
const KEPT: ReadonlySet<string> = new Set([
  'currentStepIndex',
  'weight',
  'verified',
  'collisionCount',
  'status',
]);

function isEmpty(name: string, value: unknown): boolean {
  if (value === undefined || value === null) return true;
  if (KEPT.has(name)) return false;
  if (Array.isArray(value)) return value.length === 0;
  return (
    value === '' || value === 0 || value === false || (isObject(value) && Object.keys(value).length === 0)
  );
}

/** The JSON merge patch (RFC 7396) from one to the other; undefined: they are equal. */
export function mergePatch(before: Json, after: Json): Json | undefined {
  const changed: [string, unknown][] = [];
  for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const [old, wanted] = [before[name], after[name]];
    if (wanted === undefined) changed.push([name, null]);
    else if (isObject(old) && isObject(wanted)) {
      const inner = mergePatch(old, wanted);
      if (inner !== undefined) changed.push([name, inner]);
    } else if (!isDeepStrictEqual(old, wanted)) changed.push([name, wanted]);
  }
  return changed.length === 0 ? undefined : Object.fromEntries(changed);
}
