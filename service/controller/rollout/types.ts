import type {
  AnalysisRun,
  AnalysisTemplate,
  CanaryStep,
  ClusterAnalysisTemplate,
  Experiment,
  Fault,
  ObjectMeta,
  ReplicaSet,
  Rollout,
  RolloutStatus,
  Service,
} from '../../../schemas/index.js';

export type { ReplicaSet, Service };

/** A JSON object, or a JSON merge patch of one (RFC 7396). */
export type Json = Readonly<Record<string, unknown>>;

/** A pod of one of the ReplicaSets. */
export interface Pod {
  readonly metadata: ObjectMeta;
  /** Ready for as long as the Rollout's `minReadySeconds` ask for. */
  readonly isAvailable: boolean;
}

/** The workload that the Rollout's `workloadRef` names: a Deployment, a ReplicaSet or a PodTemplate. */
export interface Workload {
  readonly metadata: ObjectMeta;
  /** Number of pods; absent: it has none of its own, or the default. */
  readonly replicas?: number;
  readonly template: Json;
  readonly selector?: Json;
}

/** A service with a share of the traffic. */
export interface Destination {
  readonly serviceName: string;
  /** Port of the service; absent: it has none. */
  readonly port?: number;
  readonly podTemplateHash: string;
  readonly weight: number;
}

/**
 * What is wanted of the traffic, all of it: a managed route that is not listed is taken away. Weights are parts of the
 * Rollout's `maxTrafficWeight` (100 where it says nothing); the stable version has what is left.
 */
export interface Traffic {
  readonly canaryWeight: number;
  /** Hash of the canary's pods; empty: there is none. */
  readonly canaryHash: string;
  readonly stableHash: string;
  /** Versions of experiments. */
  readonly additional: readonly Destination[];
  readonly headerRoutes: readonly NonNullable<CanaryStep['setHeaderRoute']>[];
  readonly mirrorRoutes: readonly NonNullable<CanaryStep['setMirrorRoute']>[];
}

/** How what is wanted of the traffic stands, in the eyes of the routers of a Rollout: the worst of them. */
export type TrafficState =
  /** Objects have to be changed, and some can be. */
  | { readonly kind: 'differs' }
  /** Something stands in the way, and there is nothing more that can be changed. */
  | { readonly kind: 'blocked'; readonly faults: readonly string[] }
  /** All is written, and those who carry the traffic have not said that it is in effect. */
  | { readonly kind: 'pending'; readonly reason: string }
  /** All is written, and those who carry the traffic say nothing. */
  | { readonly kind: 'written' }
  /** Those who carry the traffic say that it is in effect. */
  | { readonly kind: 'verified' };

/** What holds for all Rollouts of a controller. */
export interface RolloutSettings {
  /** Label `argo-rollouts.argoproj.io/controller-instance-id` of what is made. */
  readonly instanceId?: string;
  /** A run that waits for a service that is away, and has come no further for so long, ends the rollout. ms. */
  readonly analysisLostAbortMs: number;
  /** When a router that has not confirmed is asked again. ms. */
  readonly verifyRetryMs: number;
}

/** A ReplicaSet, a run or an experiment that the API server does not take. */
export interface Refusal {
  readonly why: string;
  /** When the rollout ends because of it, or is told to be invalid, epoch ms: until then it is tried again. */
  readonly abortAtMs: number;
}

/** How {@link Snapshot.refusals} names an object. */
export const refusalKey = (kind: string, name: string): string => `${kind}/${name}`;

/** All that decides what is to be done about one Rollout. */
export interface Snapshot {
  readonly rollout: Rollout;
  /** Where it, or an object that it is decided by, does not have the shape of its kind. With any, nothing is done. */
  readonly faults?: readonly Fault[];
  /** Those that the Rollout controls, and those that nobody controls and its selector selects. */
  readonly replicaSets: readonly ReplicaSet[];
  /** Pods of its ReplicaSets. */
  readonly pods: readonly Pod[];
  /** The Services that it names, as far as they exist. */
  readonly services: readonly Service[];
  /** Those that it controls. */
  readonly analysisRuns: readonly AnalysisRun[];
  /** Those that it controls. */
  readonly experiments: readonly Experiment[];
  /** Templates that its analyses may name. */
  readonly templates: readonly AnalysisTemplate[];
  readonly clusterTemplates: readonly ClusterAnalysisTemplate[];
  /** What its `workloadRef` names; undefined: it names nothing, or that does not exist. */
  readonly workload?: Workload;
  /** Pure: asks the routers about the objects of this moment. Absent: the number of pods shifts the traffic. */
  readonly traffic?: (wanted: Traffic) => TrafficState;
  /** What could not be made, by {@link refusalKey}. Absent: nothing is known of that. */
  readonly refusals?: ReadonlyMap<string, Refusal>;
  readonly settings: RolloutSettings;
  readonly nowMs: number;
}

/** A ReplicaSet to be created in the Rollout's namespace. */
export type NewReplicaSet = Omit<ReplicaSet, 'status'>;

/**
 * One thing to do. Each may be done again: what is there already, or is gone already, is as good as done. Objects are of
 * the Rollout's namespace.
 */
export type Action =
  /** Merge patch of the Rollout itself (not its status): `spec.replicas`, annotations. */
  | { readonly kind: 'patchRollout'; readonly patch: Json }
  /** Merge patch of the status. Fields that are to go are null. */
  | { readonly kind: 'patchStatus'; readonly patch: Json; readonly status: RolloutStatus }
  | { readonly kind: 'createReplicaSet'; readonly replicaSet: NewReplicaSet }
  /** Merge patch: owners, annotations, `minReadySeconds`, metadata of the pods. */
  | { readonly kind: 'patchReplicaSet'; readonly name: string; readonly patch: Json }
  /** Sets the number of pods, and annotations with it; null takes one away. */
  | {
      readonly kind: 'scaleReplicaSet';
      readonly name: string;
      readonly replicas: number;
      readonly annotations: Readonly<Record<string, string | null>>;
    }
  | { readonly kind: 'deleteReplicaSet'; readonly name: string }
  /** Merge patch of labels and annotations. */
  | { readonly kind: 'patchPod'; readonly name: string; readonly patch: Json }
  /** Through the eviction API: a disruption budget may refuse, and it is asked for again. */
  | { readonly kind: 'evictPod'; readonly name: string }
  /** Selects the pods of a hash by `rollouts-pod-template-hash`, and says that the Rollout manages the Service. */
  | { readonly kind: 'setServiceSelector'; readonly name: string; readonly hash: string }
  /** Has the routers change what is not as wanted. */
  | { readonly kind: 'setTraffic'; readonly traffic: Traffic }
  | { readonly kind: 'createAnalysisRun'; readonly run: AnalysisRun }
  /** Sets `spec.terminate`. */
  | { readonly kind: 'terminateAnalysisRun'; readonly name: string }
  | { readonly kind: 'deleteAnalysisRun'; readonly name: string }
  | { readonly kind: 'createExperiment'; readonly experiment: Experiment }
  /** Sets `spec.terminate`. */
  | { readonly kind: 'terminateExperiment'; readonly name: string }
  | { readonly kind: 'deleteExperiment'; readonly name: string }
  /** Sets the number of pods of the Deployment that `workloadRef` names. */
  | { readonly kind: 'scaleWorkload'; readonly replicas: number }
  | {
      readonly kind: 'event';
      readonly type: 'Normal' | 'Warning';
      readonly reason: string;
      readonly message: string;
    };

/** What is to be done, in this order, and when to look again although nothing has changed. */
export interface Plan {
  readonly actions: readonly Action[];
  /** Epoch ms. Absent: only a change can give something to do. */
  readonly requeueAtMs?: number;
}
