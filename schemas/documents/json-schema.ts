/** The part of JSON Schema 2020-12 that the shapes of this folder use. TypeBox schemas are such objects. */
export interface JsonSchema {
  readonly $schema?: string;
  readonly $id?: string;
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, JsonSchema>>;
  readonly type?: string;
  readonly title?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | JsonSchema;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly enum?: readonly (string | number)[];
  readonly const?: string | number | boolean;
  readonly pattern?: string;
  readonly format?: string;
  readonly minLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
}

/** The schema of a field, found without the prototype: a field named `constructor` is not known. */
export function fieldSchema(schema: JsonSchema, field: string): JsonSchema | undefined {
  return schema.properties !== undefined && Object.hasOwn(schema.properties, field)
    ? schema.properties[field]
    : undefined;
}

/** A JSON object: not null, not a list. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A JSON list. `Array.isArray` alone would make its items `any`. */
export function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

/**
 * The alternative of an `anyOf` that the value most likely means: the kind it names, else the most fields in common.
 * Undefined: no alternative has the value's JSON type.
 */
export function likelyBranch(branches: readonly JsonSchema[], value: unknown): number | undefined {
  let best: { index: number; score: number } | undefined;
  for (const [index, branch] of branches.entries()) {
    const score = branchScore(branch, value);
    if (score !== undefined && (best === undefined || score > best.score)) best = { index, score };
  }
  return best?.index;
}

function branchScore(branch: JsonSchema, value: unknown): number | undefined {
  if (!isObject(value))
    return branch.type === jsonType(value) || (branch.type === 'integer' && Number.isInteger(value))
      ? 0
      : undefined;
  if (branch.type !== 'object') return undefined;
  const known = Object.keys(value).filter((field) => fieldSchema(branch, field) !== undefined).length;
  const missing = (branch.required ?? []).filter((field) => !Object.hasOwn(value, field)).length;
  const kind = fieldSchema(branch, 'kind')?.const;
  const named =
    typeof value['kind'] !== 'string' || kind === undefined ? 0 : value['kind'] === kind ? 100 : -100;
  return named + known - 2 * missing;
}

/** The JSON type of a value, in JSON Schema's words. */
function jsonType(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}
