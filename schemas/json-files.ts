import type { TSchema } from 'typebox';
import { AccessFileSchema } from './access.js';
import { AnalysisRunListSchema, AnalysisRunSchema } from './analysis-run.js';
import { ExplainedMeasurementSchema, MeasurementSchema } from './analysis-run-status.js';
import { AnalysisTemplateSchema, ClusterAnalysisTemplateSchema } from './analysis-template.js';
import { ArchivedRunSchema } from './archived-run.js';
import { ChartValuesSchema } from './chart-values.js';
import { ConfigSchema } from './config.js';
import type { JsonSchema } from './documents/json-schema.js';
import { NotificationsFileSchema } from './notifications.js';
import { PluginFaultSchema, PluginReadingSchema, PluginRequestSchema } from './plugin-protocol.js';
import { DeliveryListSchema, DeliverySchema, ProblemSchema, ValidationReportSchema } from './problem.js';
import { ProviderConfigsSchema } from './provider-configs.js';
import { RolloutEventSchema } from './rollout-event.js';
import { MeasurementRequestSchema, RunRequestSchema } from './run-request.js';
import { AnalysisTemplateListSchema } from './template-list.js';
import { TrafficPluginAnswerSchema, TrafficPluginRequestSchema } from './traffic-plugin.js';
import { MeasurementEventSchema, VerdictEventSchema } from './webhook.js';

const DIALECT = 'https://json-schema.org/draft/2020-12/schema';
/** What every version of Helm 3 understands. */
const DIALECT_OF_HELM = 'http://json-schema.org/draft-07/schema#';

/** What people write: an editor should mark a field that is not known. */
const WRITTEN: Readonly<Record<string, TSchema>> = {
  'analysistemplate.json': AnalysisTemplateSchema,
  'clusteranalysistemplate.json': ClusterAnalysisTemplateSchema,
  'analysisrun.json': AnalysisRunSchema,
  'runrequest.json': RunRequestSchema,
  'config.json': ConfigSchema,
  'providers.json': ProviderConfigsSchema,
  'access.json': AccessFileSchema,
  'notifications.json': NotificationsFileSchema,
};

/** What programs read: later versions may add fields, and a reader must not break on them. */
const READ: Readonly<Record<string, TSchema>> = {
  'archived-run.json': ArchivedRunSchema,
  'problem.json': ProblemSchema,
  'verdict-event.json': VerdictEventSchema,
  'measurement-event.json': MeasurementEventSchema,
  'plugin-request.json': PluginRequestSchema,
  'plugin-reading.json': PluginReadingSchema,
  'plugin-fault.json': PluginFaultSchema,
  'rollout-event.json': RolloutEventSchema,
  'traffic-plugin-request.json': TrafficPluginRequestSchema,
  'traffic-plugin-answer.json': TrafficPluginAnswerSchema,
};

const API_SCHEMAS: readonly TSchema[] = [
  AnalysisRunListSchema,
  AnalysisRunSchema,
  AnalysisTemplateListSchema,
  AnalysisTemplateSchema,
  ClusterAnalysisTemplateSchema,
  DeliveryListSchema,
  DeliverySchema,
  ExplainedMeasurementSchema,
  MeasurementEventSchema,
  MeasurementRequestSchema,
  MeasurementSchema,
  ProblemSchema,
  RunRequestSchema,
  ValidationReportSchema,
  VerdictEventSchema,
];

/**
 * The published JSON Schema files by name, for editors (`# yaml-language-server: $schema=…/analysistemplate.json`) and
 * validators. Each one stands alone: its parts are in its `$defs`.
 */
export function jsonSchemaFiles(): Readonly<Record<string, JsonSchema>> {
  const files = [
    ...Object.entries(WRITTEN).map(([name, schema]) => [name, standAlone(name, schema, true)] as const),
    ...Object.entries(READ).map(([name, schema]) => [name, standAlone(name, schema, false)] as const),
  ];
  return Object.fromEntries(files);
}

/** `values.schema.json` of the chart, by which Helm refuses values. */
export function chartValuesFile(): JsonSchema {
  return { ...standAlone('values.schema.json', ChartValuesSchema, true), $schema: DIALECT_OF_HELM };
}

/** The `components.schemas` of the OpenAPI document: every object of the API by its name. */
export function openApiComponents(): Readonly<Record<string, JsonSchema>> {
  const parts = new Map<string, JsonSchema>();
  for (const schema of API_SCHEMAS)
    withReferences(schema, { parts, prefix: '#/components/schemas/', closed: false });
  return sortedByName(parts);
}

function standAlone(name: string, schema: TSchema, closed: boolean): JsonSchema {
  const parts = new Map<string, JsonSchema>();
  const root = copyOf(schema, { parts, prefix: '#/$defs/', closed });
  return {
    $schema: DIALECT,
    $id: name,
    ...root,
    ...(parts.size === 0 ? {} : { $defs: sortedByName(parts) }),
  };
}

interface Target {
  /** Named objects, filled while copying. */
  readonly parts: Map<string, JsonSchema>;
  /** Where references point. */
  readonly prefix: string;
  /** Refuse fields that are not listed. */
  readonly closed: boolean;
}

/** A reference to a named object, which is put among the parts; anything else is copied. */
function withReferences(schema: JsonSchema, target: Target): JsonSchema {
  const { title } = schema;
  if (title === undefined) return copyOf(schema, target);
  const copy = copyOf(schema, target);
  const same = target.parts.get(title);
  if (same !== undefined && JSON.stringify(same) !== JSON.stringify(copy))
    throw new TypeError(`two different shapes are named ${title}`);
  target.parts.set(title, copy);
  return { $ref: `${target.prefix}${title}` };
}

function copyOf(schema: JsonSchema, target: Target): JsonSchema {
  // Strict validators know no formats unless they are told of them.
  const { properties, items, anyOf, additionalProperties, format: _format, ...rest } = schema;
  const inner = (part: JsonSchema): JsonSchema => withReferences(part, target);
  const closes = target.closed && properties !== undefined && additionalProperties === undefined;
  return {
    ...rest,
    ...(properties === undefined ? {} : { properties: mapValues(properties, inner) }),
    ...(items === undefined ? {} : { items: inner(items) }),
    ...(anyOf === undefined ? {} : { anyOf: anyOf.map(inner) }),
    ...(additionalProperties === undefined
      ? {}
      : {
          additionalProperties:
            typeof additionalProperties === 'object' ? inner(additionalProperties) : additionalProperties,
        }),
    ...(closes ? { additionalProperties: false } : {}),
  };
}

const mapValues = (fields: Readonly<Record<string, JsonSchema>>, change: (field: JsonSchema) => JsonSchema) =>
  Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, change(field)]));

const sortedByName = (parts: ReadonlyMap<string, JsonSchema>): Record<string, JsonSchema> =>
  Object.fromEntries([...parts].sort(([left], [right]) => (left < right ? -1 : 1)));
