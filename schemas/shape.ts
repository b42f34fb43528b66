import { type Static, type TProperties, type TSchema, type TUnsafe, Type } from 'typebox';

/** Smallest and largest value of Go's int32, the type behind most of Argo's counters and limits. */
const INT32 = { minimum: -2_147_483_648, maximum: 2_147_483_647 } as const;

/** A type with every level read-only: a parsed document is a value, changed by making another. */
export type Immutable<T> = unknown extends T
  ? T
  : T extends readonly (infer Item)[]
    ? readonly Immutable<Item>[]
    : T extends object
      ? { readonly [Key in keyof T]: Immutable<T[Key]> }
      : T;

/** A named object: `title` becomes its name in JSON Schema files and in OpenAPI. Fields that are not listed are unknown fields. */
export const shape = <Properties extends TProperties>(
  title: string,
  description: string,
  properties: Properties,
) => Type.Object(properties, { title, description });

/** A string field. */
export const text = (
  description: string,
  options: { default?: string; pattern?: string; minLength?: number } = {},
) => Type.String({ description, ...options });

/** A true-or-false field. */
export const flag = (description: string) => Type.Boolean({ description });

/** A whole number of Go's int32. */
export const int32 = (description: string) => Type.Integer({ description, ...INT32 });

/** A whole number of Go's int64. The bounds are left out: JSON numbers beyond 2^53 have lost their last digits anyway. */
export const int64 = (description: string) => Type.Integer({ description });

/** One of a closed list of words. */
export const choice = <const Words extends string[]>(
  words: readonly [...Words],
  description: string,
  options: { default?: string } = {},
) => Type.Enum(words, { type: 'string', description, ...options });

/** A list. */
export const list = <Item extends TSchema>(item: Item, description: string) =>
  Type.Array(item, { description });

/** A field that may be absent. */
export const optional = <Field extends TSchema>(field: Field) => Type.Optional(field);

/** A map from free names to strings, such as labels. */
export const textMap = (description: string): TUnsafe<Record<string, string>> =>
  Type.Unsafe<Record<string, string>>({
    type: 'object',
    description,
    additionalProperties: { type: 'string' },
  });

/** A map from free names to values of one shape. */
export const mapOf = <Item extends TSchema>(
  item: Item,
  description: string,
): TUnsafe<Record<string, Static<Item>>> =>
  Type.Unsafe<Record<string, Static<Item>>>({ type: 'object', description, additionalProperties: item });

/** An object whose fields are somebody else's: anything may stand in it and nothing in it is an unknown field. */
export const openObject = (description: string): TUnsafe<Record<string, unknown>> =>
  Type.Unsafe<Record<string, unknown>>({ type: 'object', description, additionalProperties: true });

/**
 * Kubernetes' IntOrString: `count: 5` or `count: "{{args.count}}"`. A text is read as a number only after its
 * arguments were filled in.
 */
export const intOrString = (description: string) =>
  Type.Union([Type.Integer({ ...INT32 }), Type.String()], { description });

/** A Go duration such as `30s`, `5m` or `1h30m`; text, because arguments may stand in it. */
export const duration = (description: string, options: { default?: string } = {}) =>
  text(`${description} A Go duration, e.g. 30s, 5m, 1h.`, options);

/** A moment in RFC 3339, UTC, as Kubernetes writes it: `2026-11-25T05:00:00Z`. */
export const moment = (description: string) =>
  Type.String({ description: `${description} RFC 3339, UTC.`, format: 'date-time' });
