import type {
  AnalysisRun,
  AnalysisTemplate,
  ClusterAnalysisTemplate,
  Experiment,
  Fault,
  ObjectMeta,
} from '../../../schemas/index.js';
import type { ServicePort } from '../rollout/plan/service-ports.js';
import type { Json, NewReplicaSet, ReplicaSet, Service } from '../rollout/types.js';

export type ExperimentSpec = Experiment['spec'];
export type ExperimentStatus = NonNullable<Experiment['status']>;
/** Pods that an experiment runs. */
export type Template = ExperimentSpec['templates'][number];
/** How they stand. */
export type TemplateStatus = NonNullable<ExperimentStatus['templateStatuses']>[number];
/** A template to measure by. */
export type Analysis = NonNullable<ExperimentSpec['analyses']>[number];
/** How that stands. */
export type AnalysisStatus = NonNullable<ExperimentStatus['analysisRuns']>[number];

/** What holds for all experiments of a controller. */
export interface ExperimentSettings {
  /** Label `argo-rollouts.argoproj.io/controller-instance-id` of what is made. */
  readonly instanceId?: string;
  /** A run that waits for a service that is away, and has come no further for so long, is an Error. ms. */
  readonly analysisLostAbortMs: number;
}

/** All that decides what is to be done about one Experiment. */
export interface ExperimentSnapshot {
  readonly experiment: Experiment;
  /** Where it, or an object of its own, does not have the shape of its kind. With any, nothing is done. */
  readonly faults: readonly Fault[];
  /** Those that it controls. */
  readonly replicaSets: readonly ReplicaSet[];
  readonly services: readonly Service[];
  readonly analysisRuns: readonly AnalysisRun[];
  /** Names of all runs of its namespace, whoever they belong to. */
  readonly runNames: ReadonlySet<string>;
  readonly templates: readonly AnalysisTemplate[];
  readonly clusterTemplates: readonly ClusterAnalysisTemplate[];
  /** Why the API server does not take an object, by `refusalKey` of the Rollouts. */
  readonly refusals: ReadonlyMap<string, string>;
  readonly settings: ExperimentSettings;
  readonly nowMs: number;
}

/** Kinds of what experiments are made of. */
export type PartKind = 'ReplicaSet' | 'Service' | 'AnalysisRun';

/** A Service for the pods of a template. */
export interface NewService {
  readonly metadata: ObjectMeta;
  readonly spec: {
    readonly selector: Readonly<Record<string, string>>;
    readonly ports: readonly ServicePort[];
  };
}

/**
 * One thing to do. Each may be done again: what is there already, or is gone already, is as good as done. Objects are of
 * the Experiment's namespace.
 */
export type ExperimentAction =
  /** Merge patch of the status. Fields that are to go are null. */
  | { readonly kind: 'patchStatus'; readonly patch: Json }
  | { readonly kind: 'createReplicaSet'; readonly replicaSet: NewReplicaSet }
  | { readonly kind: 'scaleReplicaSet'; readonly name: string; readonly replicas: number }
  /** Sets when a ReplicaSet is scaled down, RFC 3339; null: at once. */
  | { readonly kind: 'setDeadline'; readonly name: string; readonly deadline: string | null }
  | { readonly kind: 'createService'; readonly service: NewService }
  | { readonly kind: 'deleteService'; readonly name: string; readonly uid: string }
  | { readonly kind: 'createAnalysisRun'; readonly run: AnalysisRun }
  /** Sets `spec.terminate`. */
  | { readonly kind: 'terminateAnalysisRun'; readonly name: string }
  | {
      readonly kind: 'event';
      readonly type: 'Normal' | 'Warning';
      readonly reason: string;
      readonly message: string;
      /** The Rollout is told as well, if the experiment is of one: whoever follows that hears of it too. */
      readonly isForRollout?: true;
    };

/** What is to be done, in this order, and when to look again although nothing has changed. */
export interface ExperimentPlan {
  readonly actions: readonly ExperimentAction[];
  /** Epoch ms. Absent: only a change can give something to do. */
  readonly requeueAtMs?: number;
}
