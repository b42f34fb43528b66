import type { Static } from 'typebox';
import {
  type Immutable,
  flag,
  int32,
  intOrString,
  list,
  openObject,
  optional,
  shape,
  text,
} from '../shape.js';
import {
  PodTemplateMetadataSchema,
  RolloutAnalysisBackgroundSchema,
  RolloutAnalysisSchema,
} from './analysis.js';
import { CanaryStepSchema } from './canary-step.js';
import { TrafficRoutingSchema } from './traffic-routing.js';

const scaleDown = {
  scaleDownDelaySeconds: optional(int32('Seconds before the old version is scaled down.')),
  scaleDownDelayRevisionLimit: optional(int32('Old versions that wait for it at once.')),
  abortScaleDownDelaySeconds: optional(int32('Seconds before an aborted version is scaled down.')),
  antiAffinity: optional(openObject('Keeps pods of different versions apart.')),
  maxUnavailable: optional(intOrString('Pods that may be missing: a number, or a percentage.')),
};

/** Two versions, and a switch between them. */
export const BlueGreenStrategySchema = shape('BlueGreenStrategy', 'Two versions, and a switch.', {
  activeService: text('Service of the version that is in use.'),
  previewService: optional(text('Service of the version to come.')),
  previewReplicaCount: optional(int32('Number of its pods until the switch.')),
  autoPromotionEnabled: optional(flag('Switch without being asked (default true).')),
  autoPromotionSeconds: optional(int32('Switch after so many seconds.')),
  prePromotionAnalysis: optional(RolloutAnalysisSchema),
  postPromotionAnalysis: optional(RolloutAnalysisSchema),
  activeMetadata: optional(PodTemplateMetadataSchema),
  previewMetadata: optional(PodTemplateMetadataSchema),
  ...scaleDown,
});
/** See {@link BlueGreenStrategySchema}. */
export type BlueGreenStrategy = Immutable<Static<typeof BlueGreenStrategySchema>>;

/** The new version in steps. */
export const CanaryStrategySchema = shape('CanaryStrategy', 'The new version in steps.', {
  steps: optional(list(CanaryStepSchema, 'The steps, one after the other.')),
  analysis: optional(RolloutAnalysisBackgroundSchema),
  canaryService: optional(text('Service of the canary.')),
  stableService: optional(text('Service of the stable version.')),
  pingPong: optional(
    shape('PingPong', 'Two services that take turns.', {
      pingService: text('The one.'),
      pongService: text('The other.'),
    }),
  ),
  trafficRouting: optional(TrafficRoutingSchema),
  maxSurge: optional(intOrString('Pods beyond the number wanted: a number, or a percentage.')),
  minPodsPerReplicaSet: optional(int32('Least number of pods of a version.')),
  dynamicStableScale: optional(flag('Scale the stable version down as traffic leaves it.')),
  replicaProgressThreshold: optional(
    shape('ReplicaProgressThreshold', 'Pods that must be available before a step goes on.', {
      type: text('Percentage or Pod.'),
      value: int32('How many.'),
    }),
  ),
  canaryMetadata: optional(PodTemplateMetadataSchema),
  stableMetadata: optional(PodTemplateMetadataSchema),
  ...scaleDown,
});
/** See {@link CanaryStrategySchema}. */
export type CanaryStrategy = Immutable<Static<typeof CanaryStrategySchema>>;

/** One of the two. */
export const RolloutStrategySchema = shape('RolloutStrategy', 'How the new version comes: one of these.', {
  blueGreen: optional(BlueGreenStrategySchema),
  canary: optional(CanaryStrategySchema),
});
/** See {@link RolloutStrategySchema}. */
export type RolloutStrategy = Immutable<Static<typeof RolloutStrategySchema>>;
