import { fieldSchema, isList, isObject, type JsonSchema, likelyBranch } from './json-schema.js';
import type { Path } from './path.js';

/** Values in one document beyond which it is refused: far above real specs, low enough to be walked in an instant. */
export const MAX_VALUES = 200_000;
/** Levels of nesting beyond which an open part (a plugin's configuration, a JSON body) is refused. */
export const MAX_OPEN_DEPTH = 100;

/** A field that the shape does not have. */
export interface UnknownField {
  readonly parent: Path;
  readonly field: string;
  /** The shape of the object that holds the field. */
  readonly schema: JsonSchema;
  /** The object that holds the field. */
  readonly object: Readonly<Record<string, unknown>>;
}

/** A document as the Kubernetes API server would store it. */
export interface Cleaned {
  readonly value: unknown;
  readonly unknown: readonly UnknownField[];
  /** Open parts that are nested too deeply. */
  readonly tooDeep: readonly Path[];
  /** There were more than {@link MAX_VALUES}; `value` is not complete. */
  readonly tooLarge: boolean;
}

/**
 * Drops what the API server drops: fields that are null (YAML's way to leave a field empty) and fields that the shape
 * does not have, which are reported. Open parts are kept as they are: a null in a JSON body means something.
 */
export function clean(schema: JsonSchema, value: unknown): Cleaned {
  const unknown: UnknownField[] = [];
  const tooDeep: Path[] = [];
  let left = MAX_VALUES;

  const cleanAny = (part: JsonSchema, partValue: unknown, path: Path): unknown => {
    if (--left < 0) return undefined;
    if (part.anyOf !== undefined) {
      const branch = part.anyOf[likelyBranch(part.anyOf, partValue) ?? -1];
      return branch === undefined ? partValue : cleanAny(branch, partValue, path);
    }
    if (isList(partValue)) {
      const items = part.items;
      return items === undefined
        ? partValue
        : partValue.map((item, index) => cleanAny(items, item, [...path, index]));
    }
    if (!isObject(partValue)) return partValue;
    if (part.additionalProperties === true) return cleanOpen(partValue, path);
    return cleanFields(part, partValue, path);
  };

  const cleanFields = (part: JsonSchema, object: Readonly<Record<string, unknown>>, path: Path): unknown => {
    const fields: [string, unknown][] = [];
    for (const [field, fieldValue] of Object.entries(object)) {
      if (fieldValue === null) continue;
      const known = fieldSchema(part, field) ?? freeFields(part);
      if (known !== undefined) fields.push([field, cleanAny(known, fieldValue, [...path, field])]);
      else if (part.properties !== undefined) unknown.push({ parent: path, field, schema: part, object });
    }
    return Object.fromEntries(fields);
  };

  const cleanOpen = (object: Readonly<Record<string, unknown>>, path: Path): unknown => {
    const pending: { value: unknown; depth: number }[] = [{ value: object, depth: 0 }];
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      if (--left < 0) return object;
      if (next.depth > MAX_OPEN_DEPTH) {
        tooDeep.push(path);
        return object;
      }
      const depth = next.depth + 1;
      const children = isList(next.value)
        ? next.value
        : isObject(next.value)
          ? Object.values(next.value)
          : [];
      for (const child of children) pending.push({ value: child, depth });
    }
    return object;
  };

  return { value: cleanAny(schema, value, []), unknown, tooDeep, tooLarge: left < 0 };
}

/** The shape of fields with free names, as in a map of labels. */
const freeFields = (schema: JsonSchema): JsonSchema | undefined =>
  typeof schema.additionalProperties === 'object' ? schema.additionalProperties : undefined;
