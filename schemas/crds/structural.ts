import type { JsonSchema } from '../documents/json-schema.js';
import type { StructuralSchema } from './structural-schema.js';

/** How strictly {@link structural} is. */
export interface Strictness {
  /** Keep closed lists of words. They are left out of a status, which other versions may write too. */
  readonly enums: boolean;
}

/**
 * A shape as a structural schema. Defaults are left out: the API server would write them into objects, which tools that
 * compare them with a repository take for a change.
 * @throws TypeError for what a structural schema can not say.
 */
export function structural(schema: JsonSchema, strictness: Strictness): StructuralSchema {
  const { description, anyOf, type, const: constant } = schema;
  const about = description === undefined ? {} : { description };
  if (anyOf !== undefined) {
    if (anyOf.map((branch) => branch.type).join() !== 'integer,string') throw unsayable(schema);
    return { ...about, 'x-kubernetes-int-or-string': true };
  }
  if (typeof constant === 'string') return { ...about, type: 'string' };
  switch (type) {
    case 'string': {
      const words = strictness.enums ? schema.enum : undefined;
      return {
        ...{ ...about, type },
        ...(words === undefined ? {} : { enum: words }),
        // A client with Go's types can not even list objects of which one has a text here that is no moment.
        ...(schema.format === 'date-time' ? { format: schema.format } : {}),
      };
    }
    case 'boolean':
    case 'number':
      return { ...about, type };
    case 'integer':
      return { ...about, type, format: schema.maximum === undefined ? 'int64' : 'int32' };
    case 'array':
      if (schema.items === undefined) throw unsayable(schema);
      return { ...about, type, items: structural(schema.items, strictness) };
    case 'object':
      return { ...about, ...objectSchema(schema, strictness) };
    default:
      throw unsayable(schema);
  }
}

function objectSchema(schema: JsonSchema, strictness: Strictness): StructuralSchema {
  const { properties, required = [], additionalProperties } = schema;
  if (properties === undefined)
    return typeof additionalProperties === 'object'
      ? { type: 'object', additionalProperties: structural(additionalProperties, strictness) }
      : { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  const fields = Object.entries(properties).map(
    ([name, field]) => [name, structural(field, strictness)] as const,
  );
  return {
    type: 'object',
    ...(required.length === 0 ? {} : { required }),
    properties: Object.fromEntries(fields),
  };
}

const unsayable = (schema: JsonSchema): TypeError =>
  new TypeError(`a custom resource definition can not say ${JSON.stringify(schema).slice(0, 200)}`);
