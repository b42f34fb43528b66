import type { Static } from 'typebox';
import { AnalysisTemplateRefSchema } from '../analysis-template.js';
import { DryRunSchema, MeasurementRetentionSchema } from '../metric.js';
import { type Immutable, int32, list, optional, shape, text, textMap } from '../shape.js';

/** Labels and annotations that are put on pods, or on runs of analyses. */
export const PodTemplateMetadataSchema = shape('PodTemplateMetadata', 'Labels and annotations to add.', {
  labels: optional(textMap('Labels.')),
  annotations: optional(textMap('Annotations.')),
});
/** See {@link PodTemplateMetadataSchema}. */
export type PodTemplateMetadata = Immutable<Static<typeof PodTemplateMetadataSchema>>;

/** Where the value of a rollout's argument comes from: one of the two. */
export const RolloutArgumentValueFromSchema = shape(
  'RolloutArgumentValueFrom',
  'Where the value of an argument comes from.',
  {
    podTemplateHashValue: optional(text('Latest or Stable: the hash of that version of the pods.')),
    fieldRef: optional(
      shape('FieldRef', 'A field of the rollout.', {
        fieldPath: text("Path in the rollout, e.g. metadata.labels['region'] or status.stableRS."),
      }),
    ),
  },
);

/** An argument that a rollout gives to its analyses. */
export const RolloutArgumentSchema = shape('RolloutArgument', 'An argument of an analysis of a rollout.', {
  name: text('Name of the argument.'),
  value: optional(text('Its value.')),
  valueFrom: optional(RolloutArgumentValueFromSchema),
});
/** See {@link RolloutArgumentSchema}. */
export type RolloutArgument = Immutable<Static<typeof RolloutArgumentSchema>>;

const analysisFields = {
  templates: optional(list(AnalysisTemplateRefSchema, 'Templates whose metrics are measured together.')),
  args: optional(list(RolloutArgumentSchema, 'Arguments of the templates.')),
  dryRun: optional(list(DryRunSchema, 'Metrics that do not decide.')),
  measurementRetention: optional(list(MeasurementRetentionSchema, 'How many measurements are kept.')),
  analysisRunMetadata: optional(PodTemplateMetadataSchema),
};

/** An analysis of a rollout: a step of a canary, or before or after a promotion. */
export const RolloutAnalysisSchema = shape(
  'RolloutAnalysis',
  'Templates to measure by, and their arguments.',
  analysisFields,
);
/** See {@link RolloutAnalysisSchema}. */
export type RolloutAnalysis = Immutable<Static<typeof RolloutAnalysisSchema>>;

/** An analysis that goes on while the steps of a canary do. */
export const RolloutAnalysisBackgroundSchema = shape(
  'RolloutAnalysisBackground',
  'An analysis that goes on while the steps do.',
  { ...analysisFields, startingStep: optional(int32('Index of the step with which it begins, from 0.')) },
);
/** See {@link RolloutAnalysisBackgroundSchema}. */
export type RolloutAnalysisBackground = Immutable<Static<typeof RolloutAnalysisBackgroundSchema>>;
