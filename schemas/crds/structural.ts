import type { JsonSchema } from '../documents/json-schema.js';

/** A structural schema of Kubernetes: the part of OpenAPI 3.0 that custom resource definitions may use. */
export interface StructuralSchema {
  readonly type?: 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean';
  readonly description?: string;
  readonly format?: 'int32' | 'int64';
  readonly enum?: readonly (string | number)[];
  readonly properties?: Readonly<Record<string, StructuralSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: StructuralSchema;
  readonly items?: StructuralSchema;
  readonly 'x-kubernetes-int-or-string'?: true;
  readonly 'x-kubernetes-preserve-unknown-fields'?: true;
  readonly 'x-kubernetes-validations'?: readonly { readonly rule: string; readonly message: string }[];
}

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
      return { ...about, type, ...(words === undefined ? {} : { enum: words }) };
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
