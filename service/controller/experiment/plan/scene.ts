import { isCompleted } from '../../../analysis/index.js';
import { API_VERSION, type Experiment, type ObjectMeta } from '../../../../schemas/index.js';
import { GoDurationError, parseGoDuration } from '../../../condition/index.js';
import { momentMs } from '../../rollout/plan/moments.js';
import { refusalKey, type ReplicaSet, type Service } from '../../rollout/types.js';
import {
  type AnalysisStatus,
  type ExperimentSnapshot,
  type ExperimentSpec,
  type ExperimentStatus,
  type PartKind,
  type Template,
  type TemplateStatus,
} from '../types.js';
import { EXPERIMENT_NAME, TEMPLATE_NAME } from '../../rollout/plan/names.js';

/** A snapshot as it is understood. */
export interface ExperimentScene {
  readonly snapshot: ExperimentSnapshot;
  readonly experiment: Experiment;
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  readonly spec: ExperimentSpec;
  /** As it is stored. */
  readonly status: ExperimentStatus;
  /** It comes to its end: nothing new is begun, pods go and analyses are ended. */
  readonly isEnding: boolean;
  readonly nowMs: number;
}

/** Seconds in which pods must become available where the Experiment says nothing. */
const DEADLINE = 600;

/** Understands a snapshot. */
export function sceneOf(snapshot: ExperimentSnapshot): ExperimentScene {
  const { experiment, nowMs } = snapshot;
  const { metadata = {}, spec, status = {} } = experiment;
  return {
    ...{ snapshot, experiment, spec, status, nowMs, isEnding: isEnding(spec, status) },
    name: metadata.name ?? '',
    namespace: metadata.namespace ?? '',
    uid: metadata.uid ?? '',
  };
}

/** Somebody or something has ended it: a verdict, pods that do not come, or all analyses that it waited for. */
export function isEnding(spec: ExperimentSpec, status: ExperimentStatus): boolean {
  return (
    spec.terminate === true ||
    isCompleted(status.phase ?? '') ||
    (status.templateStatuses ?? []).some((each) => each.status === 'Failed' || each.status === 'Error') ||
    (status.analysisRuns ?? []).some(({ phase }) => isCompleted(phase) && phase !== 'Successful') ||
    isRequiredDone(spec, status)
  );
}

/** It waits for some analyses, and all of them are Successful. */
export function isRequiredDone({ analyses = [] }: ExperimentSpec, status: ExperimentStatus): boolean {
  const required = analyses.filter(({ requiredForCompletion }) => requiredForCompletion === true);
  return (
    required.length > 0 &&
    required.every(({ name }) => analysisStatusOf(status, name)?.phase === 'Successful')
  );
}

/** How the pods of a template stand; undefined: nothing is known yet. */
export const templateStatusOf = (status: ExperimentStatus, name: string): TemplateStatus | undefined =>
  status.templateStatuses?.find((each) => each.name === name);

/** How an analysis stands; undefined: nothing is known yet. */
export const analysisStatusOf = (status: ExperimentStatus, name: string): AnalysisStatus | undefined =>
  status.analysisRuns?.find((each) => each.name === name);

/** It has come to its end, well or not. */
export const isOver = (status: TemplateStatus | undefined): boolean =>
  ['Successful', 'Failed', 'Error'].includes(status?.status ?? '');

/** Number of pods that a template is to have now. */
export const wantedReplicas = ({ isEnding: ending, status }: ExperimentScene, template: Template): number =>
  ending || isOver(templateStatusOf(status, template.name)) ? 0 : (template.replicas ?? 1);

/** When it has run long enough, epoch ms. Undefined: it does not run yet, or for as long as somebody wants. */
export function endsAtMs(
  { duration }: ExperimentSpec,
  { availableAt }: ExperimentStatus,
): number | undefined {
  const ms = durationMs(duration);
  return ms === undefined || availableAt === undefined ? undefined : momentMs(availableAt) + ms;
}

/** A Go duration in ms; undefined: there is none. NaN: it is not one. */
export function durationMs(duration: string | undefined): number | undefined {
  if (duration === undefined || duration === '') return undefined;
  try {
    return Number(parseGoDuration(duration) / 1_000_000n);
  } catch (error) {
    if (error instanceof GoDurationError) return Number.NaN;
    throw error;
  }
}

/** Seconds in which pods must become available. */
export const progressDeadlineSeconds = (spec: ExperimentSpec): number =>
  spec.progressDeadlineSeconds ?? DEADLINE;

/** Annotations by which ReplicaSets and Services are found again. */
export const annotationsOf = (
  { name }: ExperimentScene,
  template: Template,
): Readonly<Record<string, string>> => ({ [EXPERIMENT_NAME]: name, [TEMPLATE_NAME]: template.name });

const isOf =
  (scene: ExperimentScene, { name }: Template) =>
  ({ metadata: { annotations, deletionTimestamp } }: ReplicaSet | Service): boolean =>
    deletionTimestamp === undefined &&
    annotations?.[EXPERIMENT_NAME] === scene.name &&
    annotations[TEMPLATE_NAME] === name;

/** The ReplicaSet of a template; undefined: there is none. */
export const replicaSetOf = (scene: ExperimentScene, template: Template): ReplicaSet | undefined =>
  scene.snapshot.replicaSets.find(isOf(scene, template));

/** The Service of a template; undefined: there is none. */
export const serviceOf = (scene: ExperimentScene, template: Template): Service | undefined =>
  scene.snapshot.services.find(isOf(scene, template));

/** Why the API server does not take an object; undefined: it has not said so. */
export const refusalOf = ({ snapshot }: ExperimentScene, kind: PartKind, name: string): string | undefined =>
  snapshot.refusals.get(refusalKey(kind, name));

/** The Experiment as the owner that manages an object. */
export const ownerReference = ({
  name,
  uid,
}: ExperimentScene): NonNullable<ObjectMeta['ownerReferences']>[number] => ({
  ...{ apiVersion: API_VERSION, kind: 'Experiment', name, uid },
  ...{ controller: true, blockOwnerDeletion: true },
});
