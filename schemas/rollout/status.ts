import type { Static } from 'typebox';
import {
  type Immutable,
  flag,
  int32,
  int64,
  list,
  moment,
  openObject,
  optional,
  shape,
  text,
} from '../shape.js';

/** A condition of a rollout or an experiment. */
export const ConditionSchema = shape('RolloutCondition', 'A condition.', {
  type: text('Type, e.g. Progressing.'),
  status: text('True, False or Unknown.'),
  reason: text('Why, as one word.'),
  message: text('Why, as a sentence.'),
  lastTransitionTime: moment('When its status changed last.'),
  lastUpdateTime: moment('When it was written last.'),
});
/** See {@link ConditionSchema}. */
export type RolloutCondition = Immutable<Static<typeof ConditionSchema>>;

const RunStatusSchema = shape('RolloutAnalysisRunStatus', 'An analysis of the rollout.', {
  name: text('Name of the AnalysisRun.'),
  status: text('Its phase.'),
  message: optional(text('Its message.')),
});

const WeightSchema = shape('WeightDestination', 'Where traffic goes.', {
  weight: int32('Share of the traffic.'),
  serviceName: optional(text('Service.')),
  podTemplateHash: optional(text('Hash of the pods.')),
});

const AwsResourceSchema = shape('AwsResourceRef', 'Something of AWS.', {
  name: text('Name.'),
  arn: text('ARN.'),
  fullName: optional(text('Last part of the ARN.')),
});

const AlbStatusSchema = shape('ALBStatus', 'The load balancer of an ingress.', {
  ingress: optional(text('Ingress.')),
  loadBalancer: optional(AwsResourceSchema),
  canaryTargetGroup: optional(AwsResourceSchema),
  stableTargetGroup: optional(AwsResourceSchema),
});

const StepPluginStatusSchema = shape('StepPluginStatus', 'How a step of a plugin stands.', {
  index: int32('Index of the step.'),
  name: text('Name of the plugin.'),
  operation: text('What was asked of it: Run, Terminate or Abort.'),
  phase: optional(text('How that stands.')),
  message: optional(text('Why.')),
  startedAt: optional(moment('When it began.')),
  updatedAt: optional(moment('When it was asked last.')),
  finishedAt: optional(moment('When it ended.')),
  backoff: optional(text('Time until it is asked again.')),
  executions: optional(int32('How often it was asked.')),
  disabled: optional(flag('It is not asked.')),
  status: optional(openObject('What the plugin keeps.')),
});

const CanaryStatusSchema = shape('CanaryStatus', 'How a canary stands.', {
  currentStepAnalysisRunStatus: optional(RunStatusSchema),
  currentBackgroundAnalysisRunStatus: optional(RunStatusSchema),
  currentExperiment: optional(text('Name of the experiment of the step.')),
  stablePingPong: optional(text('ping or pong: the service of the stable version.')),
  stepPluginStatuses: optional(list(StepPluginStatusSchema, 'Steps of plugins.')),
  weights: optional(
    shape('TrafficWeights', 'Where traffic goes.', {
      canary: WeightSchema,
      stable: WeightSchema,
      additional: optional(list(WeightSchema, 'Versions of experiments.')),
      verified: optional(flag('The router says so too.')),
    }),
  ),
});

const BlueGreenStatusSchema = shape('BlueGreenStatus', 'How a switch stands.', {
  activeSelector: optional(text('Hash of the pods that are in use.')),
  previewSelector: optional(text('Hash of the pods to come.')),
  scaleUpPreviewCheckPoint: optional(flag('The version to come may get all of its pods.')),
  prePromotionAnalysisRunStatus: optional(RunStatusSchema),
  postPromotionAnalysisRunStatus: optional(RunStatusSchema),
});

const DurationStatusSchema = shape('RolloutDuration', 'How long it took.', {
  rolloutStartedAt: optional(moment('When it began.')),
  finishedAt: optional(moment('When it ended.')),
  completionStatus: optional(text('How it ended.')),
  manualPauseStartedAt: optional(moment('When a pause began that somebody must end.')),
  totalManualPauseDurationSeconds: optional(int64('Seconds of such pauses.')),
});

/** `status` of a Rollout, as the kubectl plugin and Argo CD read it. */
export const RolloutStatusSchema = shape('RolloutStatus', 'How a rollout stands.', {
  phase: optional(text('Healthy, Progressing, Paused or Degraded.')),
  message: optional(text('Why.')),
  abort: optional(flag('It is aborted.')),
  abortedAt: optional(moment('When it was aborted.')),
  promoteFull: optional(flag('Skip all that is left.')),
  pauseConditions: optional(
    list(
      shape('PauseCondition', 'Why it is paused.', {
        reason: text('Reason.'),
        startTime: moment('Since when.'),
      }),
      'Why it is paused.',
    ),
  ),
  controllerPause: optional(flag('The controller has paused it.')),
  currentPodHash: optional(text('Hash of the newest pods.')),
  stableRS: optional(text('Hash of the stable pods.')),
  currentStepHash: optional(text('Hash of the steps.')),
  currentStepIndex: optional(int32('Index of the step, from 0.')),
  collisionCount: optional(int32('Collisions of hashes.')),
  observedGeneration: optional(text('Generation of the spec that this is about.')),
  workloadObservedGeneration: optional(text('Generation of the referenced workload.')),
  conditions: optional(list(ConditionSchema, 'Conditions.')),
  canary: optional(CanaryStatusSchema),
  blueGreen: optional(BlueGreenStatusSchema),
  replicas: optional(int32('Pods.')),
  updatedReplicas: optional(int32('Pods of the newest version.')),
  readyReplicas: optional(int32('Pods that are ready.')),
  availableReplicas: optional(int32('Pods that are available.')),
  HPAReplicas: optional(int32('Pods that an autoscaler looks at.')),
  selector: optional(text('Selector of the pods that an autoscaler looks at.')),
  restartedAt: optional(moment('When pods were restarted last.')),
  alb: optional(AlbStatusSchema),
  albs: optional(list(AlbStatusSchema, 'Several load balancers.')),
  duration: optional(DurationStatusSchema),
});
/** See {@link RolloutStatusSchema}. */
export type RolloutStatus = Immutable<Static<typeof RolloutStatusSchema>>;
