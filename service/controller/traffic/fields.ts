import { isList, isObject } from '../../../schemas/index.js';
import { faultOf } from './fault.js';
import type { Json, ObjectRef, Surroundings } from './world.js';

/** The value at a path of names with dots between; undefined: there is none. */
export function fieldAt(object: Json, path: string): unknown {
  let value: unknown = object;
  for (const name of path.split('.')) value = isObject(value) ? value[name] : undefined;
  return value;
}

/** A copy of the object with another value at a path. */
export function withField(object: Json, path: string, value: unknown): Json {
  const [name = '', ...rest] = path.split('.');
  if (rest.length === 0) return { ...object, [name]: value };
  const inner = object[name];
  return { ...object, [name]: withField(isObject(inner) ? inner : {}, rest.join('.'), value) };
}

/** The objects in a list; undefined: there is no list. */
export const objectsAt = (object: Json, path: string): readonly Json[] | undefined => {
  const value = fieldAt(object, path);
  return isList(value) ? value.filter(isObject) : undefined;
};

/** The object, or a fault that says that it is missing. */
export function existing(world: Surroundings, ref: ObjectRef, why: string): Json {
  const object = world.object(ref);
  if (object !== undefined) return object;
  throw faultOf('missing', ref, '', `does not exist, but ${why} names it. Create it, or change the Rollout.`);
}

/** The list of objects at a path, or a fault that says that it is missing. */
export function listOf(object: Json, ref: ObjectRef, path: string, what: string): readonly Json[] {
  const value = fieldAt(object, path);
  if (!isList(value) || value.length === 0) throw faultOf('missing', ref, path, `is missing: ${what}.`);
  if (value.every(isObject)) return value;
  throw faultOf('invalid', ref, path, 'is not a list of objects.');
}

/** The text at a path, or empty. */
export function textAt(object: Json, path: string): string {
  const value = fieldAt(object, path);
  return typeof value === 'string' ? value : '';
}

/** The map of texts at a path, or an empty one. */
export function textsAt(object: Json, path: string): Readonly<Record<string, string>> {
  const value = fieldAt(object, path);
  if (!isObject(value)) return {};
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}

/** UID of the owner that manages the object; undefined: nobody does. */
export const controllerUid = (object: Json): string | undefined => {
  const owner = objectsAt(object, 'metadata.ownerReferences')?.find(({ controller }) => controller === true);
  return typeof owner?.['uid'] === 'string' ? owner['uid'] : undefined;
};
