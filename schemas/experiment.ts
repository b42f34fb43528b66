import type { Static } from 'typebox';
import { AnalysisPhaseSchema } from './analysis-run-status.js';
import { ArgumentSchema } from './argument.js';
import { kubernetesObject } from './kubernetes.js';
import { DryRunSchema, MeasurementRetentionSchema } from './metric.js';
import { LabelSelectorSchema } from './providers/index.js';
import { ConditionSchema, PodTemplateMetadataSchema } from './rollout/index.js';
import {
  type Immutable,
  duration,
  flag,
  int32,
  list,
  moment,
  openObject,
  optional,
  shape,
  text,
} from './shape.js';

const TemplateSchema = shape('ExperimentTemplate', 'Pods to run.', {
  name: text('Name of the template.'),
  replicas: optional(int32('Number of pods (default 1).')),
  minReadySeconds: optional(int32('Seconds for which a pod must be ready to count as available.')),
  selector: LabelSelectorSchema,
  template: openObject('Pod template.'),
  service: optional(
    shape('TemplateService', 'A service for the pods.', { name: optional(text('Name of the service.')) }),
  ),
});

const AnalysisSchema = shape('ExperimentAnalysis', 'A template to measure by.', {
  name: text('Name of the analysis.'),
  templateName: text('Name of the template.'),
  clusterScope: optional(flag('It is a ClusterAnalysisTemplate.')),
  args: optional(list(ArgumentSchema, 'Arguments of the template.')),
  requiredForCompletion: optional(flag('The experiment goes on until it is complete.')),
});

/** Pods to run side by side, and what to measure meanwhile. */
export const ExperimentSpecSchema = shape('ExperimentSpec', 'Pods to run side by side.', {
  templates: list(TemplateSchema, 'Pods to run.'),
  duration: optional(duration('How long. Absent: until it is ended.')),
  progressDeadlineSeconds: optional(int32('Seconds in which the pods must be available.')),
  analyses: optional(list(AnalysisSchema, 'Templates to measure by.')),
  scaleDownDelaySeconds: optional(int32('Seconds before pods are scaled down at the end.')),
  dryRun: optional(list(DryRunSchema, 'Metrics that do not decide.')),
  measurementRetention: optional(list(MeasurementRetentionSchema, 'How many measurements are kept.')),
  analysisRunMetadata: optional(PodTemplateMetadataSchema),
  terminate: optional(flag('End it.')),
});

/** `status` of an Experiment. */
export const ExperimentStatusSchema = shape('ExperimentStatus', 'How an experiment stands.', {
  phase: optional(AnalysisPhaseSchema),
  message: optional(text('Why.')),
  availableAt: optional(moment('When all pods were available.')),
  templateStatuses: optional(
    list(
      shape('TemplateStatus', 'How the pods of a template stand.', {
        name: text('Name of the template.'),
        replicas: int32('Pods.'),
        updatedReplicas: int32('Pods of the template.'),
        readyReplicas: int32('Pods that are ready.'),
        availableReplicas: int32('Pods that are available.'),
        collisionCount: optional(int32('Collisions of hashes.')),
        podTemplateHash: optional(text('Hash of the pods.')),
        serviceName: optional(text('Service of the pods.')),
        status: optional(text('Its phase.')),
        message: optional(text('Why.')),
        lastTransitionTime: optional(moment('When its phase changed last.')),
      }),
      'How the pods stand.',
    ),
  ),
  analysisRuns: optional(
    list(
      shape('ExperimentAnalysisRunStatus', 'How an analysis stands.', {
        name: text('Name of the analysis.'),
        analysisRun: text('Name of the AnalysisRun.'),
        phase: AnalysisPhaseSchema,
        message: optional(text('Its message.')),
      }),
      'How the analyses stand.',
    ),
  ),
  conditions: optional(list(ConditionSchema, 'Conditions.')),
});

/** Argo Rollouts' Experiment. */
export const ExperimentSchema = kubernetesObject('Experiment', 'Pods side by side for a while.', {
  spec: ExperimentSpecSchema,
  status: optional(ExperimentStatusSchema),
});
/** See {@link ExperimentSchema}. */
export type Experiment = Immutable<Static<typeof ExperimentSchema>>;
