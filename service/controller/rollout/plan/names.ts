/** Names that Argo Rollouts gives to labels and annotations: objects of both controllers are the same. */

/** Label of ReplicaSets, pods and runs, and selector of Services: the hash of the pod template. */
export const HASH_LABEL = 'rollouts-pod-template-hash';
export const REVISION = 'rollout.argoproj.io/revision';
export const REVISION_HISTORY = 'rollout.argoproj.io/revision-history';
export const DESIRED_REPLICAS = 'rollout.argoproj.io/desired-replicas';
export const WORKLOAD_GENERATION = 'rollout.argoproj.io/workload-generation';
export const EPHEMERAL_METADATA = 'rollout.argoproj.io/ephemeral-metadata';
/** When a ReplicaSet that is no longer used is scaled down, RFC 3339. */
export const SCALE_DOWN_DEADLINE = 'scale-down-deadline';
/** On a Service: name of the Rollout that sets its selector. */
export const MANAGED_BY = 'argo-rollouts.argoproj.io/managed-by-rollouts';
export const INSTANCE_ID = 'argo-rollouts.argoproj.io/controller-instance-id';
/** On what belongs to a template of an Experiment. */
export const EXPERIMENT_NAME = 'experiment.argoproj.io/name';
export const TEMPLATE_NAME = 'experiment.argoproj.io/template-name';
export const RUN_TYPE = 'rollout-type';
export const RUN_STEP = 'step-index';

/** Why a rollout is paused. */
export type PauseReason =
  | 'CanaryPauseStep'
  | 'BlueGreenPause'
  | 'InconclusiveAnalysisRun'
  | 'InconclusiveExperiment';
