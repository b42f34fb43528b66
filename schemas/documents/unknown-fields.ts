import type { Fault } from '../problem.js';
import type { UnknownField } from './clean.js';
import { fieldSchema, isList, isObject, type JsonSchema, likelyBranch } from './json-schema.js';
import { nearMiss } from './near-miss.js';
import { formatPath, type Path } from './path.js';

/** How many levels up or down a misplaced field is looked for. */
const MAX_LEVELS = 2;

/** What is said of an unknown field. */
export interface UnknownFieldFault {
  readonly fault: Fault;
  /**
   * `error`: a known field was meant, so a part of the spec that the writer relies on would be off. `warning`: nobody
   * knows the field, and it is left out, as the Kubernetes API server does.
   */
  readonly severity: 'error' | 'warning';
  /** Path of the field that was meant. */
  readonly meant?: string;
}

const IGNORED = 'unknown field: it is ignored';

/** Faults of a document that is refused for warnings as well: what nobody knows in it is not ignored. */
export const refusedFaults = ({
  errors,
  warnings,
}: {
  readonly errors: readonly Fault[];
  readonly warnings: readonly Fault[];
}): readonly Fault[] =>
  [...errors, ...warnings].map((fault) =>
    fault.message === IGNORED ? { ...fault, message: 'unknown field' } : fault,
  );

/** Says what is wrong with a field that the shape does not have, and which one was probably meant. */
export function judgeUnknownField(
  root: JsonSchema,
  document: unknown,
  unknown: UnknownField,
): UnknownFieldFault {
  const { field, parent, schema, object } = unknown;
  const path = formatPath([...parent, shorten(field)]);
  const similar = nearMiss(field, Object.keys(schema.properties ?? {}));
  if (similar !== undefined) {
    const set = (valueAt(object, similar) ?? null) !== null;
    const fault = { path, message: `unknown field: did you mean \`${similar}\`?` };
    return { fault, severity: set ? 'warning' : 'error', meant: formatPath([...parent, similar]) };
  }
  const home = homeOf(root, document, parent, field);
  if (home !== undefined) {
    const where = home.length === 0 ? 'at the top of the document' : `under ${formatPath(home)}`;
    const message = `unknown field: \`${field}\` belongs ${where}`;
    return { fault: { path, message }, severity: 'error', meant: formatPath([...home, field]) };
  }
  return { fault: { path, message: IGNORED }, severity: 'warning' };
}

/** A name of a megabyte is not repeated in full. */
const shorten = (name: string): string => (name.length > 100 ? `${name.slice(0, 100)}…` : name);

/** A place near by whose shape has the field and where it is not set: the one place where it can have been meant. */
function homeOf(root: JsonSchema, document: unknown, parent: Path, field: string): Path | undefined {
  for (let levels = 1; levels <= MAX_LEVELS; levels++) {
    const homes = [
      ...placesAbove(root, document, parent, levels),
      ...placesBelow(root, document, parent, levels),
    ].filter(
      ({ schema, value }) =>
        fieldSchema(schema, field) !== undefined && (valueAt(value, field) ?? null) === null,
    );
    const present = homes.filter(({ value }) => value !== undefined);
    const [home, another] = present.length > 0 ? present : homes;
    if (home !== undefined) return another === undefined ? home.path : undefined;
  }
  return undefined;
}

interface Place {
  readonly path: Path;
  readonly schema: JsonSchema;
  readonly value: unknown;
}

/** The object `levels` above; lists do not count as levels of their own. */
function placesAbove(root: JsonSchema, document: unknown, parent: Path, levels: number): Place[] {
  const objects = objectsOnTheWay(root, document, parent);
  const place = objects[objects.length - 1 - levels];
  return place === undefined ? [] : [place];
}

/** The objects `levels` below, of lists only the first item. */
function placesBelow(root: JsonSchema, document: unknown, parent: Path, levels: number): Place[] {
  let places = objectsOnTheWay(root, document, parent).slice(-1);
  for (let level = 0; level < levels; level++) places = places.flatMap(fieldsOf);
  return places;
}

function fieldsOf({ path, schema, value }: Place): Place[] {
  return Object.entries(schema.properties ?? {}).flatMap(([field, fieldShape]) => {
    const place = objectAt({ path: [...path, field], schema: fieldShape, value: valueAt(value, field) });
    return place === undefined ? [] : [place];
  });
}

/** The place itself when it is an object, or the first item of a list of objects. */
function objectAt(place: Place): Place | undefined {
  const { path, schema, value } = place;
  if (schema.properties !== undefined) return place;
  if (schema.items?.properties === undefined) return undefined;
  return { path: [...path, 0], schema: schema.items, value: isList(value) ? value[0] : undefined };
}

function objectsOnTheWay(root: JsonSchema, document: unknown, path: Path): Place[] {
  const places: Place[] = [];
  let place: Place | undefined = { path: [], schema: root, value: document };
  for (const step of path) {
    if (place.schema.properties !== undefined) places.push(place);
    place = stepInto(place, step);
    if (place === undefined) return places;
  }
  return [...places, place];
}

function stepInto({ path, schema, value }: Place, step: string | number): Place | undefined {
  const inner = typeof step === 'number' ? schema.items : fieldSchema(schema, step);
  if (inner === undefined) return undefined;
  const innerValue = valueAt(value, step);
  const alternatives = inner.anyOf;
  const meant =
    alternatives === undefined ? inner : alternatives[likelyBranch(alternatives, innerValue) ?? -1];
  return meant === undefined ? undefined : { path: [...path, step], schema: meant, value: innerValue };
}

function valueAt(value: unknown, step: string | number): unknown {
  if (typeof step === 'number') return isList(value) ? value[step] : undefined;
  return isObject(value) && Object.hasOwn(value, step) ? value[step] : undefined;
}
