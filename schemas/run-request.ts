import { type Static, Type } from 'typebox';
import { TTLStrategySchema } from './analysis-run.js';
import {
  AnalysisTemplateSchema,
  AnalysisTemplateSpecSchema,
  ClusterAnalysisTemplateSchema,
} from './analysis-template.js';
import { ArgumentSchema } from './argument.js';
import { ObjectMetaSchema } from './kubernetes.js';
import { DryRunSchema, MeasurementRetentionSchema, MetricSchema } from './metric.js';
import { type WebMetricHeader, WebMetricHeaderSchema } from './providers/index.js';
import { type Immutable, choice, flag, list, optional, shape, text, textMap } from './shape.js';

/** Which events a callback is sent. */
export const CALLBACK_EVENTS = ['verdict', 'measurement'] as const;

/** The secret that signs a callback: a Standard Webhooks secret (`whsec_…`). */
export const CallbackSecretRefSchema = shape('CallbackSecretRef', 'The secret that signs the webhook.', {
  name: text('Name of the secret.'),
  key: optional(text('Key in the secret.', { default: 'secret' })),
});
/** See {@link CallbackSecretRefSchema}. */
export type CallbackSecretRef = Immutable<Static<typeof CallbackSecretRefSchema>>;

/** Where to send the verdict. `headers` may be a map or, as elsewhere in the specs, a list of key and value. */
export const CallbackSchema = shape('Callback', 'A webhook for events of the run.', {
  url: text('http or https URL that is sent a POST.', { minLength: 1 }),
  events: optional(list(choice(CALLBACK_EVENTS, 'An event.'), 'Events to send (default: verdict).')),
  headers: optional(
    Type.Union([textMap('Headers by name.'), list(WebMetricHeaderSchema, 'Headers as key and value.')], {
      description: 'Further headers of the request.',
    }),
  ),
  secretRef: optional(CallbackSecretRefSchema),
});
/** See {@link CallbackSchema}. */
export type Callback = Immutable<Static<typeof CallbackSchema>>;

/** The headers of a callback in one form, whichever of the two it was written in. */
export function callbackHeaders(callback: Callback): readonly WebMetricHeader[] {
  const headers = callback.headers ?? [];
  return isHeaderList(headers) ? headers : Object.entries(headers).map(([key, value]) => ({ key, value }));
}

function isHeaderList(headers: NonNullable<Callback['headers']>): headers is readonly WebMetricHeader[] {
  return Array.isArray(headers);
}

/** A template that is only a spec, for requests that have no name for it. */
export const BareTemplateSchema = shape('BareTemplate', 'A template that is only a spec.', {
  spec: AnalysisTemplateSpecSchema,
});
/** See {@link BareTemplateSchema}. */
export type BareTemplate = Immutable<Static<typeof BareTemplateSchema>>;

/** A template the service knows, by name. */
export const NamedTemplateSchema = shape('NamedTemplate', 'A template that the service knows.', {
  templateName: text('Name of the template.'),
  clusterScope: optional(flag('It is a ClusterAnalysisTemplate.')),
});
/** See {@link NamedTemplateSchema}. */
export type NamedTemplate = Immutable<Static<typeof NamedTemplateSchema>>;

/** The second way to ask for a run: templates and arguments. */
export const RunRequestSchema = shape('RunRequest', 'Asks for a run of templates with arguments.', {
  templates: Type.Array(
    Type.Union(
      [AnalysisTemplateSchema, ClusterAnalysisTemplateSchema, BareTemplateSchema, NamedTemplateSchema],
      {
        description: 'A template object, a bare spec, or the name of a template.',
      },
    ),
    { description: 'Templates whose metrics are measured together.' },
  ),
  args: optional(list(ArgumentSchema, 'Arguments of the templates.')),
  metadata: optional(ObjectMetaSchema),
  dryRun: optional(list(DryRunSchema, 'Metrics that do not decide.')),
  measurementRetention: optional(list(MeasurementRetentionSchema, 'How many measurements are kept.')),
  ttlStrategy: optional(TTLStrategySchema),
  callbacks: optional(list(CallbackSchema, 'Webhooks for events of the run.')),
});
/** See {@link RunRequestSchema}. */
export type RunRequest = Immutable<Static<typeof RunRequestSchema>>;
/** One entry of `templates` of a {@link RunRequest}. */
export type RunRequestTemplate = RunRequest['templates'][number];

/** Asks for one measurement of one metric, now. */
export const MeasurementRequestSchema = shape(
  'MeasurementRequest',
  'Asks for one measurement of one metric, now.',
  {
    metric: MetricSchema,
    args: optional(list(ArgumentSchema, 'Arguments of the metric.')),
    metadata: optional(ObjectMetaSchema),
  },
);
/** See {@link MeasurementRequestSchema}. */
export type MeasurementRequest = Immutable<Static<typeof MeasurementRequestSchema>>;
