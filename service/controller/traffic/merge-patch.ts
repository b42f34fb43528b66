import { isDeepStrictEqual } from 'node:util';
import { isObject } from '../../../schemas/index.js';
import { fieldAt } from './fields.js';
import type { Change, ChangeEvent, Json, ObjectRef } from './world.js';

/** The JSON merge patch (RFC 7396) that makes `after` of `before`; undefined: they are equal. Lists are replaced as a whole. */
export function mergePatch(before: Json, after: Json): Json | undefined {
  const changed: [string, unknown][] = [];
  for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const [old, wanted] = [own(before, name), own(after, name)];
    if (wanted === undefined) {
      if (old !== undefined) changed.push([name, null]);
    } else if (isObject(old) && isObject(wanted)) {
      const inner = mergePatch(old, wanted);
      if (inner !== undefined) changed.push([name, inner]);
    } else if (!isDeepStrictEqual(old, wanted)) changed.push([name, wanted]);
  }
  return changed.length === 0 ? undefined : Object.fromEntries(changed);
}

/** Names such as `constructor` are those of fields, too. */
const own = (object: Json, name: string): unknown => (Object.hasOwn(object, name) ? object[name] : undefined);

/** The change that makes `after` of an object; empty: there is nothing to do. */
export function patchObject(
  ref: ObjectRef,
  before: Json,
  after: Json,
  event: ChangeEvent,
): readonly Change[] {
  const patch = mergePatch(before, after);
  if (patch === undefined) return [];
  const resourceVersion = fieldAt(before, 'metadata.resourceVersion');
  if (typeof resourceVersion !== 'string') return [{ kind: 'patch', ref, patch, event }];
  const metadata = isObject(patch['metadata']) ? patch['metadata'] : {};
  return [{ kind: 'patch', ref, patch: { ...patch, metadata: { ...metadata, resourceVersion } }, event }];
}
