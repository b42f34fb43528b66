import { readdirSync, readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import {
  CONFIG_ANNOTATIONS,
  chartValuesFile,
  type JsonSchema,
  jsonSchemaFiles,
  openApiComponents,
} from '../../schemas/index.js';
import { ACCEPTED } from './fixtures/objects.js';

const folder = new URL('../../schemas/json/', import.meta.url);
const validator = (schema: JsonSchema) => {
  const ajv = new Ajv2020({ strict: true, allErrors: true });
  for (const keyword of [...CONFIG_ANNOTATIONS, 'components']) ajv.addKeyword(keyword);
  return ajv.compile({ ...schema });
};
const file = (name: string): JsonSchema => jsonSchemaFiles()[name] ?? {};

/** Every schema inside a schema. */
function* partsOf(schema: JsonSchema, path: string): Generator<[string, JsonSchema]> {
  yield [path, schema];
  for (const [name, part] of Object.entries(schema.properties ?? {})) yield* partsOf(part, `${path}/${name}`);
  for (const [name, part] of Object.entries(schema.$defs ?? {}))
    yield* partsOf(part, `${path}/$defs/${name}`);
  for (const part of schema.anyOf ?? []) yield* partsOf(part, `${path}/anyOf`);
  if (schema.items !== undefined) yield* partsOf(schema.items, `${path}/items`);
}

describe('the published JSON Schema files', () => {
  it('are those that npm run schemas writes', () => {
    const written = Object.fromEntries(
      readdirSync(folder).map((name) => [
        name,
        JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as unknown,
      ]),
    );
    expect(written).toEqual(JSON.parse(JSON.stringify(jsonSchemaFiles())));
  });

  it('are those that npm run schemas writes, in the chart too', () => {
    const file = new URL('../../helm/assay/values.schema.json', import.meta.url);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(JSON.parse(JSON.stringify(chartValuesFile())));
  });

  it.each(Object.keys(jsonSchemaFiles()))('are complete and valid on their own: %s', (name) => {
    expect(() => validator(file(name))).not.toThrow();
    expect(file(name).$id).toBe(name);
  });

  it.each(Object.keys(jsonSchemaFiles()))('describe every field for editors: %s', (name) => {
    const silent = [...partsOf(file(name), '')].flatMap(([path, part]) =>
      Object.entries(part.properties ?? {})
        .filter(([, field]) => field.description === undefined && field.$ref === undefined)
        .map(([field]) => `${path}/${field}`),
    );
    expect(silent).toEqual([]);
  });

  it.each(Object.entries(ACCEPTED).filter(([name]) => !name.includes('null')))(
    'accept %s',
    (_name, object) => {
      const validate = validator(file('analysistemplate.json'));
      expect([validate(object), validate.errors]).toEqual([true, null]);
    },
  );

  it('mark an unknown field in what people write', () => {
    const validate = validator(file('analysistemplate.json'));
    expect(validate({ spec: { metrics: [{ name: 'm', provider: {}, successCondtion: 'x' }] } })).toBe(false);
    expect(validate.errors).toMatchObject([
      { instancePath: '/spec/metrics/0', params: { additionalProperty: 'successCondtion' } },
    ]);
  });

  it('allow later fields in what programs read', () => {
    const validate = validator(file('problem.json'));
    expect(validate({ type: 'about:blank', title: 'Not Found', status: 404, later: true })).toBe(true);
    expect(validate({ type: 'about:blank', title: 'Not Found' })).toBe(false);
  });
});

describe('the OpenAPI components', () => {
  it('have the objects of the API by name and refer only to each other', () => {
    const components = openApiComponents();
    expect(Object.keys(components)).toEqual(
      expect.arrayContaining([
        'AnalysisRun',
        'AnalysisRunList',
        'AnalysisTemplate',
        'Metric',
        'PrometheusMetric',
        'Problem',
        'RunRequest',
        'ValidationReport',
      ]),
    );
    const references = Object.entries(components).flatMap(([name, schema]) =>
      [...partsOf(schema, name)].map(([, part]) => part.$ref),
    );
    const missing = references.filter(
      (ref) => ref !== undefined && components[ref.replace('#/components/schemas/', '')] === undefined,
    );
    expect(references.filter((ref) => ref !== undefined).length).toBeGreaterThan(50);
    expect(missing).toEqual([]);
  });

  it('are schemas that a validator can use', () => {
    const components = openApiComponents();
    const validate = validator({
      $ref: '#/components/schemas/AnalysisRun',
      ...{ components: { schemas: components } },
    });
    expect(validate({ spec: { metrics: [] }, status: { phase: 'Running' } })).toBe(true);
    expect(validate({ spec: { metrics: [] }, status: { phase: 'Great' } })).toBe(false);
  });
});
