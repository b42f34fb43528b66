import type { JsonSchema } from '../../../schemas/index.js';

/** Methods of HTTP that the API has. */
export type Method = 'get' | 'post' | 'put' | 'delete';

/** A parameter of OpenAPI. */
export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required?: boolean;
  readonly description: string;
  readonly schema: JsonSchema;
  readonly example?: string | number;
}

/** A body of one media type. */
export interface MediaType {
  readonly schema: JsonSchema;
  readonly example?: unknown;
  readonly examples?: Readonly<Record<string, { readonly summary: string; readonly value: unknown }>>;
}
/** Bodies by media type. */
export type Content = Readonly<Record<string, MediaType>>;

/** An answer of OpenAPI. */
export interface Answer {
  readonly description: string;
  readonly headers?: Readonly<Record<string, { readonly description: string; readonly schema: JsonSchema }>>;
  readonly content?: Content;
}

/** An operation of OpenAPI. */
export interface Operation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly summary: string;
  readonly description?: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly required: true; readonly content: Content };
  /** Credentials, one of which is needed, with their scopes; an empty one: none. */
  readonly security?: readonly Readonly<Record<string, readonly string[]>>[];
  /** By status. */
  readonly responses: Readonly<Record<string, Answer>>;
}

/** The operations of a path by method. */
export type PathItem = Readonly<Partial<Record<Method, Operation>>>;

/** A reference to a published shape. */
export const ref = (name: string): JsonSchema => ({ $ref: `#/components/schemas/${name}` });

/** A body in JSON. */
export const json = (shape: string, example: unknown): Content => ({
  'application/json': { schema: ref(shape), example },
});

/** A body that is understood in JSON and in YAML; pages show the examples in either. */
export const document = (schema: JsonSchema, examples: NonNullable<MediaType['examples']>) => ({
  required: true as const,
  content: { 'application/json': { schema, examples }, 'application/yaml': { schema, examples } },
});

/** A parameter of the query. */
export const query = (
  name: string,
  description: string,
  schema: JsonSchema = { type: 'string' },
): Parameter => ({
  name,
  in: 'query',
  description,
  schema,
});
