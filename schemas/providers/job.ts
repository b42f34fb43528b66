import type { Static } from 'typebox';
import {
  type Immutable,
  flag,
  int32,
  int64,
  list,
  openObject,
  optional,
  shape,
  text,
  textMap,
} from '../shape.js';

const SelectorRequirementSchema = shape('LabelSelectorRequirement', 'A condition on a label.', {
  key: text('Label.'),
  operator: text('In, NotIn, Exists or DoesNotExist.'),
  values: optional(list(text('A value.'), 'Values of In and NotIn.')),
});

/** A Kubernetes label selector: all of its parts must hold. */
export const LabelSelectorSchema = shape('LabelSelector', 'A Kubernetes label selector.', {
  matchLabels: optional(textMap('Labels that must have these values.')),
  matchExpressions: optional(list(SelectorRequirementSchema, 'Further conditions.')),
});
/** See {@link LabelSelectorSchema}. */
export type LabelSelector = Immutable<Static<typeof LabelSelectorSchema>>;

const ExitCodesSchema = shape('PodFailurePolicyOnExitCodes', 'Matches exit codes of containers.', {
  containerName: optional(text('Container to look at. Absent: all.')),
  operator: text('In or NotIn.'),
  values: list(int32('An exit code.'), 'Exit codes.'),
});

const PodConditionSchema = shape('PodFailurePolicyOnPodCondition', 'Matches a condition of a pod.', {
  type: text('Type of the condition.'),
  status: text('Status of the condition.'),
});

const PodFailureRuleSchema = shape('PodFailurePolicyRule', 'What a failed pod means.', {
  action: text('FailJob, FailIndex, Ignore or Count.'),
  onExitCodes: optional(ExitCodesSchema),
  onPodConditions: optional(list(PodConditionSchema, 'Conditions of the pod to match.')),
});

const SuccessRuleSchema = shape('SuccessPolicyRule', 'When an indexed Job has succeeded.', {
  succeededIndexes: optional(text('Indexes that must succeed, e.g. 1,3-5.')),
  succeededCount: optional(int32('Number of indexes that must succeed.')),
});

/** Kubernetes' batch/v1 JobSpec. The pod template below it is Kubernetes' own and is passed on as it is. */
export const JobSpecSchema = shape('JobSpec', "Kubernetes' JobSpec.", {
  template: openObject('Pod template.'),
  parallelism: optional(int32('Pods that may run at once.')),
  completions: optional(int32('Pods that must succeed.')),
  completionMode: optional(text('NonIndexed or Indexed.')),
  backoffLimit: optional(int32('Retries before the Job fails.')),
  backoffLimitPerIndex: optional(int32('Retries of an index before it fails.')),
  maxFailedIndexes: optional(int32('Failed indexes before the Job fails.')),
  activeDeadlineSeconds: optional(int64('Seconds after which the Job is ended.')),
  ttlSecondsAfterFinished: optional(int32('Seconds after its end when Kubernetes deletes the Job.')),
  suspend: optional(flag('Create no pods.')),
  selector: optional(LabelSelectorSchema),
  manualSelector: optional(flag('Use `selector` as given.')),
  podFailurePolicy: optional(
    shape('PodFailurePolicy', 'What failed pods mean.', {
      rules: list(PodFailureRuleSchema, 'Rules, the first that matches counts.'),
    }),
  ),
  successPolicy: optional(
    shape('SuccessPolicy', 'When the Job has succeeded.', {
      rules: list(SuccessRuleSchema, 'Rules, any of them.'),
    }),
  ),
  podReplacementPolicy: optional(text('TerminatingOrFailed or Failed.')),
  managedBy: optional(text('Controller that manages the Job.')),
});
/** See {@link JobSpecSchema}. */
export type JobSpec = Immutable<Static<typeof JobSpecSchema>>;

/** `provider.job`: a Kubernetes Job whose outcome is the outcome of the measurement. */
export const JobMetricSchema = shape('JobMetric', 'A Kubernetes Job: it completes, or it fails.', {
  metadata: optional(
    shape('JobMetricMetadata', 'Labels and annotations of the Job.', {
      labels: optional(textMap('Labels of the Job.')),
      annotations: optional(textMap('Annotations of the Job.')),
    }),
  ),
  spec: JobSpecSchema,
});
/** See {@link JobMetricSchema}. */
export type JobMetric = Immutable<Static<typeof JobMetricSchema>>;
