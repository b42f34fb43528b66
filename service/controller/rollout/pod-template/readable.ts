import { isList, isObject } from '../../../../schemas/index.js';
import type { Json } from '../types.js';
import { TYPES } from './go-json.js';
import { canonicalQuantity } from './quantity.js';

/** A pod template that Kubernetes can read, and what was left out for it. */
export interface Readable {
  readonly template: Json;
  /** Where quantities are that are none, e.g. `spec.containers[0].resources.requests.memory`. */
  readonly unread: readonly string[];
}

/**
 * A pod template without the quantities that are none: the definitions of Rollouts let any text be one, and Argo Rollouts runs
 * such a Rollout without them. A list of ephemeral containers with such a quantity goes as a whole.
 */
export function readablePodTemplate(template: Json): Readable {
  const unread: string[] = [];
  const kept = read(template, '@PodTemplateSpec', '', unread);
  return unread.length === 0 ? { template, unread } : { template: kept as Json, unread };
}

/** A value that can be read; undefined: it can not. */
function read(value: unknown, type: string, path: string, unread: string[]): unknown {
  if (type.startsWith('*')) return read(value, type.slice(1), path, unread);
  if (type.startsWith('[]') && isList(value))
    return value.map((item, index) => read(item, type.slice(2), `${path}[${index}]`, unread));
  if (type.startsWith('{}') && isObject(value)) return readFields(value, () => type.slice(2), path, unread);
  if (type.startsWith('@') && isObject(value)) {
    const fields = TYPES.get(type.slice(1)) ?? [];
    return readFields(value, (name) => fields.find((field) => field.name === name)?.type, path, unread);
  }
  if (type !== 'Quantity' || isQuantity(value)) return value;
  unread.push(path);
  return undefined;
}

function readFields(
  value: Json,
  typeOf: (name: string) => string | undefined,
  path: string,
  unread: string[],
): Json {
  const entries = Object.entries(value).flatMap(([name, field]) => {
    const type = typeOf(name);
    if (type === undefined) return [[name, field] as const];
    const before = unread.length;
    const kept = read(field, type, path === '' ? name : `${path}.${name}`, unread);
    const isGone = kept === undefined || (name === 'ephemeralContainers' && unread.length > before);
    return isGone ? [] : [[name, kept] as const];
  });
  return Object.fromEntries(entries);
}

/** Kubernetes takes nothing for zero. */
const isQuantity = (value: unknown): boolean =>
  value === undefined ||
  value === null ||
  value === '' ||
  typeof value === 'number' ||
  (typeof value === 'string' && canonicalQuantity(value) !== undefined);
