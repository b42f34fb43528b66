import { fields } from '../../providers/kubernetes/index.js';

/** The members of a JSON array, each as the members of an object; none when it is something else. */
export const list = (json: unknown): readonly Readonly<Record<string, unknown>>[] =>
  Array.isArray(json) ? json.map(fields) : [];

/** A number; undefined when it is something else. */
export const maybeNumber = (json: unknown): number | undefined =>
  typeof json === 'number' ? json : undefined;

/** A number; 0 when it is something else, as Go reads what is absent. */
export const number = (json: unknown): number => maybeNumber(json) ?? 0;

/** What a path of names leads to; undefined when it leads nowhere. */
export function at(json: unknown, ...path: readonly string[]): unknown {
  let found = json;
  for (const name of path) found = fields(found)[name];
  return found;
}

/** Whether something is there at all. */
export const given = (json: unknown): boolean => json !== undefined && json !== null;
