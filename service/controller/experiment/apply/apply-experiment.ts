import { KubernetesError } from '../../../providers/kubernetes/index.js';
import { ANALYSIS_RUNS, EXPERIMENTS, REPLICA_SETS, SERVICES } from '../../objects/collections.js';
import type { Stored } from '../../objects/object-cache.js';
import type { ObjectWriter } from '../../objects/object-writer.js';
import { eventsAfter, type UnansweredStatuses } from '../../objects/unanswered-statuses.js';
import { SCALE_DOWN_DEADLINE } from '../../rollout/plan/names.js';
import type { Json } from '../../rollout/types.js';
import type { ObjectRef, ObjectType } from '../../traffic/index.js';
import type { ExperimentAction, PartKind } from '../types.js';

/** What is told of an Experiment. */
export type ExperimentEvent = Extract<ExperimentAction, { kind: 'event' }>;

/** What actions are carried out with. */
export interface ExperimentApplyDeps {
  readonly writer: ObjectWriter;
  readonly statuses: Pick<UnansweredStatuses, 'write'>;
  /** Has an event of the Experiment recorded. */
  readonly tell: (event: ExperimentEvent) => void;
  /** The API server does not take an object, however often it is asked. */
  readonly refused: (kind: PartKind, name: string, why: string) => void;
}

/**
 * Carries out the actions of a plan, in their order, until one fails: what follows may build on it. Each may be done again.
 * @throws Conflict when the Experiment is not what was decided about.
 * @throws KubernetesError what the API server says.
 */
export async function applyExperiment(
  deps: ExperimentApplyDeps,
  experiment: Stored,
  actions: readonly ExperimentAction[],
): Promise<void> {
  for (const [index, action] of actions.entries())
    await apply(deps, experiment, action, eventsAfter(actions, index));
}

/** @param events what is told of the action once it is done. */
async function apply(
  deps: ExperimentApplyDeps,
  experiment: Stored,
  action: ExperimentAction,
  events: readonly ExperimentEvent[],
): Promise<void> {
  const { writer, statuses, tell } = deps;
  const { metadata } = experiment;
  const ref = (type: ObjectType, name: string): ObjectRef => ({
    ...type,
    namespace: metadata.namespace,
    name,
  });
  switch (action.kind) {
    case 'patchStatus': {
      // Only the Experiment that was decided about: what a person has changed since is looked at first.
      const { name, uid, resourceVersion } = metadata;
      const patch = { metadata: { uid, resourceVersion }, status: action.patch };
      const write = async (): Promise<void> => {
        await writer.patch(ref(EXPERIMENTS, name), patch);
      };
      return statuses.write(experiment, action.patch, write, () => {
        for (const event of events) tell(event);
      });
    }
    case 'createReplicaSet': {
      const { replicaSet } = action;
      return create(deps, experiment, ref(REPLICA_SETS, replicaSet.metadata.name ?? ''), { ...replicaSet });
    }
    case 'scaleReplicaSet':
      await writer.patch(ref(REPLICA_SETS, action.name), { spec: { replicas: action.replicas } });
      return;
    case 'setDeadline':
      await writer.patch(ref(REPLICA_SETS, action.name), {
        metadata: { annotations: { [SCALE_DOWN_DEADLINE]: action.deadline } },
      });
      return;
    case 'createService': {
      const { service } = action;
      return create(deps, experiment, ref(SERVICES, service.metadata.name ?? ''), { ...service });
    }
    case 'deleteService':
      return writer.delete(ref(SERVICES, action.name), action.uid);
    case 'createAnalysisRun': {
      const { apiVersion: _apiVersion, kind: _kind, ...run } = action.run;
      return create(deps, experiment, ref(ANALYSIS_RUNS, run.metadata?.name ?? ''), run);
    }
    case 'terminateAnalysisRun':
      await writer.patch(ref(ANALYSIS_RUNS, action.name), { spec: { terminate: true } });
      return;
    case 'event':
      tell(action);
      return;
  }
}

/** Statuses of an answer to a request that may be taken another time. */
const PASSING: ReadonlySet<number> = new Set([401, 404, 408, 409, 429]);

/** @throws Error when there is an object of the name that is not of this Experiment: it may be on its way out. */
async function create(
  { writer, refused }: ExperimentApplyDeps,
  experiment: Stored,
  ref: ObjectRef,
  object: Json,
): Promise<void> {
  try {
    if ((await writer.create(ref, object)) !== undefined) return;
  } catch (error) {
    if (!isRefusal(error)) throw error;
    refused(kindOf(ref), ref.name, error.message);
    return;
  }
  const there = await writer.read(ref);
  if (there === undefined || there.metadata.controllerUid === experiment.metadata.uid) return;
  throw new Error(
    `${ref.kind} ${ref.namespace}/${ref.name} exists and is not of this Experiment: delete or rename it`,
  );
}

function isRefusal(error: unknown): error is KubernetesError {
  if (!(error instanceof KubernetesError) || error.status === undefined) return false;
  return error.status >= 400 && error.status < 500 && !PASSING.has(error.status);
}

const kindOf = ({ kind }: ObjectRef): PartKind =>
  kind === 'ReplicaSet' || kind === 'Service' ? kind : 'AnalysisRun';
