import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { crdFiles } from '../../schemas/index.js';

const folder = new URL('../../helm/assay/crds/', import.meta.url);

/** A field of Argo's definitions, as test/schemas/argo-fields.test.ts describes it. */
interface Field {
  readonly path: string;
  readonly type: string;
  readonly required?: boolean;
  readonly enum?: readonly string[];
}

interface Structural {
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Structural>>;
  readonly items?: Structural;
  readonly additionalProperties?: Structural;
  readonly 'x-kubernetes-int-or-string'?: boolean;
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean;
}

interface Definition {
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly names: {
      readonly kind: string;
      readonly plural: string;
      readonly shortNames: readonly string[];
    };
    readonly scope: string;
    readonly versions: readonly {
      readonly name: string;
      readonly subresources: Readonly<Record<string, unknown>>;
      readonly additionalPrinterColumns: readonly { readonly name: string; readonly priority?: number }[];
      readonly schema: { readonly openAPIV3Schema: Structural };
    }[];
  };
}

const recorded = JSON.parse(
  readFileSync(new URL('fixtures/argo-fields.json', import.meta.url), 'utf8'),
) as Record<string, Field[]>;
const definitions = Object.values(crdFiles()).map((text) => parse(text) as Definition);
const definitionOf = (kind: string): Definition => {
  const found = definitions.find(({ spec }) => spec.names.kind === kind);
  if (found === undefined) throw new TypeError(`no definition of ${kind}`);
  return found;
};

function typeOf(schema: Structural): string {
  if (schema['x-kubernetes-int-or-string'] === true) return 'int-or-string';
  if (schema['x-kubernetes-preserve-unknown-fields'] === true) return 'open';
  if (schema.additionalProperties !== undefined) return `map of ${schema.additionalProperties.type ?? '?'}`;
  return schema.type ?? '?';
}

function* walk(schema: Structural, path: string): Generator<Field> {
  for (const [name, field] of Object.entries(schema.properties ?? {})) {
    const own = path === '' ? name : `${path}.${name}`;
    const required = schema.required?.includes(name) ?? false;
    yield {
      ...{ path: own, type: typeOf(field) },
      ...(required ? { required } : {}),
      ...(field.enum === undefined ? {} : { enum: field.enum }),
    };
    // What is open holds anything beside what is said of it.
    if (typeOf(field) !== 'open') yield* walk(field, own);
  }
  if (schema.items === undefined) return;
  yield { path: `${path}[]`, type: typeOf(schema.items) };
  yield* walk(schema.items, `${path}[]`);
}

describe('the custom resource definitions of the chart', () => {
  it('are those that npm run schemas writes', () => {
    const written = readdirSync(folder).map((name) => [name, readFileSync(new URL(name, folder), 'utf8')]);
    expect(Object.fromEntries(written)).toEqual(crdFiles());
  });

  it.each(Object.keys(recorded).filter((kind) => kind !== 'source'))(
    "of %s takes whatever Argo Rollouts' definition takes, and keeps every field of it",
    (kind) => {
      const schema = definitionOf(kind).spec.versions[0]?.schema.openAPIV3Schema ?? {};
      const byPath = (fields: Iterable<Field>) =>
        [...fields].sort((one, other) => (one.path < other.path ? -1 : 1));
      const theirs = (recorded[kind] ?? []).map(({ path, type, required, enum: words }) => ({
        ...{ path, type },
        ...(required === true ? { required } : {}),
        ...(words === undefined ? {} : { enum: words }),
      }));
      expect(byPath(walk(schema, ''))).toEqual(byPath(theirs));
    },
  );

  it.each`
    kind                         | name                                      | short    | scope           | subresources           | columns
    ${'Rollout'}                 | ${'rollouts.argoproj.io'}                 | ${'ro'}  | ${'Namespaced'} | ${['scale', 'status']} | ${'Desired Current Up-to-date Available Age'}
    ${'AnalysisRun'}             | ${'analysisruns.argoproj.io'}             | ${'ar'}  | ${'Namespaced'} | ${['status']}          | ${'Status Metrics Successful Age'}
    ${'AnalysisTemplate'}        | ${'analysistemplates.argoproj.io'}        | ${'at'}  | ${'Namespaced'} | ${[]}                  | ${'Age'}
    ${'ClusterAnalysisTemplate'} | ${'clusteranalysistemplates.argoproj.io'} | ${'cat'} | ${'Cluster'}    | ${[]}                  | ${'Age'}
    ${'Experiment'}              | ${'experiments.argoproj.io'}              | ${'exp'} | ${'Namespaced'} | ${[]}                  | ${'Status Age'}
  `(
    'of $kind is known as $short and shows $columns',
    ({ kind, name, short, scope, subresources, columns }: Readonly<Record<string, unknown>>) => {
      const { metadata, spec } = definitionOf(String(kind));
      const [version] = spec.versions;
      expect(metadata.name).toBe(name);
      expect(spec.names.shortNames).toEqual([short]);
      expect(spec.scope).toBe(scope);
      expect(Object.keys(version?.subresources ?? {}).sort()).toEqual(subresources);
      const shown = (version?.additionalPrinterColumns ?? []).filter(({ priority }) => priority !== 1);
      expect(shown.map((column) => column.name).join(' ')).toBe(columns);
    },
  );
});
