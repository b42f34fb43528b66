import { openApiComponents, type Scope } from '../../../schemas/index.js';
import { API_OPERATIONS } from '../auth/index.js';
import type { Answer, Operation, PathItem } from './description.js';
import { deliveryPaths } from './delivery-operations.js';
import { servicePaths, specPaths } from './other-operations.js';
import { problems } from './problem-answers.js';
import { runPaths } from './run-operations.js';

/** An OpenAPI document, as far as this API has use for it. */
export interface OpenApiDocument {
  readonly openapi: '3.1.1';
  readonly info: Readonly<Record<string, unknown>>;
  readonly servers: readonly { readonly url: string; readonly description: string }[];
  readonly tags: readonly { readonly name: string; readonly description: string }[];
  readonly paths: Readonly<Record<string, PathItem>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, unknown>>;
    readonly securitySchemes: Readonly<Record<string, unknown>>;
  };
}

/** The description of every route in OpenAPI 3.1, made of the shapes that requests are validated with. */
export function openApiDocument(version: string): OpenApiDocument {
  const paths = {
    ...mapValues(runPaths, backed),
    ...mapValues(deliveryPaths, backed),
    ...mapValues(specPaths, backed),
    ...servicePaths,
  };
  return {
    openapi: '3.1.1',
    info: {
      title: 'Assay',
      version,
      summary: 'Measures and judges releases: Argo AnalysisTemplates in, one verdict out.',
      description:
        'Requests are JSON, or YAML with `Content-Type: application/yaml`. Errors are problems as in RFC 9457, with every fault of the request and its path. Beside the answers that are listed, a method that a path does not have is answered 405 with `Allow`, a path that there is not 404, and headers of more than 16 KiB 431.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/', description: 'This service.' }],
    tags: [
      { name: 'runs', description: 'Start analyses and read how they stand.' },
      { name: 'webhooks', description: 'Who was told of runs, and who could not be.' },
      { name: 'templates', description: 'What can be measured.' },
      { name: 'measurements', description: 'Try a metric out.' },
      { name: 'service', description: 'For operators.' },
    ],
    paths: mapValues(paths, (item) =>
      mapOperations(item, (operation) => secured(withAnswers(operation, problems(403)))),
    ),
    components: { schemas: openApiComponents(), securitySchemes: { token: TOKEN } },
  };
}

const TOKEN = {
  type: 'http',
  scheme: 'bearer',
  description:
    'A token of `ASSAY_TOKENS_FILE`, of an OpenID Connect issuer, or of a Kubernetes service account. Its scopes, each including those before it, are `read`, `run` and `admin`, and hold in namespaces. A service without `ASSAY_TOKENS_FILE` asks for none.',
};

const SCOPES = new Map<string, Scope>([
  ...API_OPERATIONS.map(({ id, scope }) => [id, scope] as const),
  ['metrics', 'read'],
]);

/** The operation with the scope that it needs, and how it is refused without. */
function secured(operation: Operation): Operation {
  const scope = SCOPES.get(operation.operationId);
  return scope === undefined
    ? operation
    : { ...withAnswers(operation, problems(401, 429, 503)), security: [{ token: [scope] }, {}] };
}

/** Whatever needs the engine can fail, and says so when its Redis is away. */
const backed = (item: PathItem): PathItem =>
  mapOperations(item, (operation) => withAnswers(operation, problems(500, 503)));

const withAnswers = (operation: Operation, answers: Readonly<Record<string, Answer>>): Operation => ({
  ...operation,
  responses: { ...operation.responses, ...answers },
});

const mapOperations = (item: PathItem, change: (operation: Operation) => Operation): PathItem =>
  mapValues(item, change);

const mapValues = <Value>(
  fields: Readonly<Record<string, Value>>,
  change: (value: Value) => Value,
): Readonly<Record<string, Value>> =>
  Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, change(value)]));
