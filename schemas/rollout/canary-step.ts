import type { Static } from 'typebox';
import { LabelSelectorSchema } from '../providers/index.js';
import {
  type Immutable,
  duration,
  flag,
  int32,
  intOrString,
  list,
  mapOf,
  openObject,
  optional,
  shape,
  text,
} from '../shape.js';
import { DryRunSchema } from '../metric.js';
import { PodTemplateMetadataSchema, RolloutAnalysisSchema, RolloutArgumentSchema } from './analysis.js';

const StringMatchSchema = shape('StringMatch', 'A text that matches: one of these.', {
  exact: optional(text('It is this.')),
  prefix: optional(text('It begins so.')),
  regex: optional(text('It matches this regular expression.')),
});

const SetHeaderRouteSchema = shape('SetHeaderRoute', 'Requests with these headers go to the canary.', {
  name: optional(text('Name among the managed routes.')),
  match: optional(
    list(
      shape('HeaderRoutingMatch', 'A header that must match.', {
        headerName: text('Name of the header.'),
        headerValue: StringMatchSchema,
      }),
      'Headers. Absent: the route is taken away.',
    ),
  ),
});

const SetMirrorRouteSchema = shape('SetMirrorRoute', 'Requests that match are sent to the canary as well.', {
  name: text('Name among the managed routes.'),
  percentage: optional(int32('Percentage of them.')),
  match: optional(
    list(
      shape('RouteMatch', 'What must match, all of it.', {
        method: optional(StringMatchSchema),
        path: optional(StringMatchSchema),
        headers: optional(mapOf(StringMatchSchema, 'Headers by name.')),
      }),
      'Requests. Absent: the route is taken away.',
    ),
  ),
});

const ExperimentTemplateSchema = shape('RolloutExperimentTemplate', 'A version of the pods to try.', {
  name: text('Name of the template.'),
  specRef: text('canary or stable.'),
  replicas: optional(int32('Number of pods.')),
  metadata: optional(PodTemplateMetadataSchema),
  selector: optional(LabelSelectorSchema),
  service: optional(
    shape('TemplateService', 'A service for the pods.', { name: optional(text('Name of the service.')) }),
  ),
  weight: optional(int32('Share of the traffic.')),
});

const ExperimentAnalysisSchema = shape('RolloutExperimentAnalysis', 'A template to measure by.', {
  name: text('Name of the analysis.'),
  templateName: text('Name of the template.'),
  clusterScope: optional(flag('It is a ClusterAnalysisTemplate.')),
  args: optional(list(RolloutArgumentSchema, 'Arguments of the template.')),
  requiredForCompletion: optional(flag('The experiment goes on until it is complete.')),
});

const RolloutExperimentSchema = shape('RolloutExperiment', 'Versions of the pods side by side.', {
  templates: list(ExperimentTemplateSchema, 'Versions to run.'),
  duration: optional(duration('How long they run.')),
  analyses: optional(list(ExperimentAnalysisSchema, 'Templates to measure by.')),
  scaleDownDelaySeconds: optional(int32('Seconds before pods are scaled down at the end.')),
  dryRun: optional(list(DryRunSchema, 'Metrics that do not decide.')),
  analysisRunMetadata: optional(PodTemplateMetadataSchema),
});

/** A step of a canary: one of these. */
export const CanaryStepSchema = shape('CanaryStep', 'A step of a canary: one of these.', {
  setWeight: optional(int32('Share of the traffic for the canary.')),
  pause: optional(
    shape('RolloutPause', 'Wait.', {
      duration: optional(intOrString('Seconds, or a Go duration. Absent: until somebody promotes.')),
    }),
  ),
  setCanaryScale: optional(
    shape('SetCanaryScale', 'Number of pods of the canary, whatever the traffic.', {
      replicas: optional(int32('Number of pods.')),
      weight: optional(int32('Percentage of the pods of the rollout.')),
      matchTrafficWeight: optional(flag('As the traffic says.')),
    }),
  ),
  analysis: optional(RolloutAnalysisSchema),
  experiment: optional(RolloutExperimentSchema),
  setHeaderRoute: optional(SetHeaderRouteSchema),
  setMirrorRoute: optional(SetMirrorRouteSchema),
  plugin: optional(
    shape('PluginStep', 'A step of a plugin.', {
      name: text('Name of the plugin.'),
      config: optional(openObject('Its settings.')),
    }),
  ),
});
/** See {@link CanaryStepSchema}. */
export type CanaryStep = Immutable<Static<typeof CanaryStepSchema>>;
