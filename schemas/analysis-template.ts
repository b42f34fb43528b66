import type { Static } from 'typebox';
import { ArgumentSchema } from './argument.js';
import { kubernetesObject } from './kubernetes.js';
import { DryRunSchema, MeasurementRetentionSchema, MetricSchema } from './metric.js';
import { type Immutable, flag, list, optional, shape, text } from './shape.js';

/** A template by name. */
export const AnalysisTemplateRefSchema = shape('AnalysisTemplateRef', 'A template by name.', {
  templateName: optional(text('Name of the template.')),
  clusterScope: optional(flag('It is a ClusterAnalysisTemplate.')),
});
/** See {@link AnalysisTemplateRefSchema}. */
export type AnalysisTemplateRef = Immutable<Static<typeof AnalysisTemplateRefSchema>>;

/** The spec of AnalysisTemplate and ClusterAnalysisTemplate. */
export const AnalysisTemplateSpecSchema = shape(
  'AnalysisTemplateSpec',
  'Metrics and the arguments they take.',
  {
    metrics: optional(list(MetricSchema, 'Metrics to measure.')),
    args: optional(list(ArgumentSchema, 'Arguments that the metrics use.')),
    dryRun: optional(list(DryRunSchema, 'Metrics that do not decide.')),
    measurementRetention: optional(list(MeasurementRetentionSchema, 'How many measurements are kept.')),
    templates: optional(list(AnalysisTemplateRefSchema, 'Other templates whose metrics are added.')),
  },
);
/** See {@link AnalysisTemplateSpecSchema}. */
export type AnalysisTemplateSpec = Immutable<Static<typeof AnalysisTemplateSpecSchema>>;

/** Argo Rollouts' AnalysisTemplate. */
export const AnalysisTemplateSchema = kubernetesObject('AnalysisTemplate', 'Metrics to judge a release by.', {
  spec: AnalysisTemplateSpecSchema,
});
/** See {@link AnalysisTemplateSchema}. */
export type AnalysisTemplate = Immutable<Static<typeof AnalysisTemplateSchema>>;

/** Argo Rollouts' ClusterAnalysisTemplate: the same, usable from every namespace. */
export const ClusterAnalysisTemplateSchema = kubernetesObject(
  'ClusterAnalysisTemplate',
  'Metrics to judge a release by, usable from every namespace.',
  { spec: AnalysisTemplateSpecSchema },
);
/** See {@link ClusterAnalysisTemplateSchema}. */
export type ClusterAnalysisTemplate = Immutable<Static<typeof ClusterAnalysisTemplateSchema>>;
