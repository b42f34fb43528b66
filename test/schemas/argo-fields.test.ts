import { readFileSync } from 'node:fs';
import type { TSchema } from 'typebox';
import { describe, expect, it } from 'vitest';
import {
  AnalysisRunSchema,
  AnalysisTemplateSchema,
  ClusterAnalysisTemplateSchema,
  ExperimentSchema,
  RolloutSchema,
} from '../../schemas/index.js';

/** A field of Argo's custom resource definitions: its path, with `[]` for the items of a list, and what it may hold. */
interface Field {
  readonly path: string;
  readonly type: string;
  readonly required?: boolean;
  readonly enum?: readonly string[];
  readonly default?: string;
}

interface Schema {
  readonly type?: string;
  readonly const?: string;
  readonly enum?: readonly string[];
  readonly default?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly additionalProperties?: boolean | Schema;
}

const recorded = JSON.parse(
  readFileSync(new URL('fixtures/argo-fields.json', import.meta.url), 'utf8'),
) as Record<string, Field[]>;

const KINDS: Readonly<Record<string, TSchema>> = {
  AnalysisTemplate: AnalysisTemplateSchema,
  ClusterAnalysisTemplate: ClusterAnalysisTemplateSchema,
  AnalysisRun: AnalysisRunSchema,
  Rollout: RolloutSchema,
  Experiment: ExperimentSchema,
};

/** Fields that say more than the definitions do, on purpose. */
const NARROWER = (path: string): boolean => /^(apiVersion|kind)$|^status\.(.*\.)?phase$/.test(path);
/** Fields that Argo does not have. */
const OURS = new Set(['status.verdict']);

function typeOf(schema: Schema): string | undefined {
  if (schema.anyOf !== undefined)
    return schema.anyOf.map(({ type }) => type).join() === 'integer,string' ? 'int-or-string' : 'union';
  if (schema.additionalProperties === true) return 'open';
  if (typeof schema.additionalProperties === 'object')
    return `map of ${schema.additionalProperties.type ?? '?'}`;
  return schema.type;
}

function walk(schema: Schema, path: string, required: boolean, fields: Field[]): Field[] {
  const type = typeOf(schema) ?? '?';
  if (path !== '') {
    fields.push({
      path,
      type,
      ...(required ? { required } : {}),
      ...(schema.enum === undefined || NARROWER(path) ? {} : { enum: schema.enum }),
      ...(schema.default === undefined ? {} : { default: schema.default }),
    });
  }
  for (const [name, field] of Object.entries(schema.properties ?? {})) {
    walk(field, path === '' ? name : `${path}.${name}`, schema.required?.includes(name) ?? false, fields);
  }
  if (schema.items !== undefined) walk(schema.items, `${path}[]`, false, fields);
  return fields;
}

/** The definitions leave metadata to the API server, and some defaults to the code. */
const comparable = (fields: readonly Field[], theirs: readonly Field[]): Field[] => {
  const documented = new Map(theirs.map((field) => [field.path, field.default]));
  return fields
    .filter(({ path }) => !path.startsWith('metadata.') && !OURS.has(path))
    .map((field) => {
      const { default: ownDefault, ...rest } = field;
      const theirDefault = documented.get(field.path);
      return ownDefault === undefined || theirDefault === undefined ? rest : field;
    })
    .sort((left, right) => (left.path < right.path ? -1 : 1));
};

describe.each(Object.keys(KINDS))('%s', (kind) => {
  const theirs = recorded[kind] ?? [];

  it("has every field of Argo Rollouts' definition, with the same type, values and necessity, and no other", () => {
    expect(theirs.length).toBeGreaterThan(75);
    expect(comparable(walk(KINDS[kind] ?? {}, '', false, []), theirs)).toEqual(comparable(theirs, theirs));
  });

  it("has the definition's defaults", () => {
    const own = new Map(walk(KINDS[kind] ?? {}, '', false, []).map((field) => [field.path, field.default]));
    const defaults = theirs.filter((field) => field.default !== undefined);
    expect(defaults).toHaveLength(kind.startsWith('Analysis') || kind.startsWith('Cluster') ? 3 : 0);
    for (const field of defaults) expect(own.get(field.path), field.path).toBe(field.default);
  });
});
