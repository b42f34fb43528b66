import { KubernetesError } from '../../../providers/kubernetes/index.js';
import type { Change, ObjectRef, ObjectType, TrafficPlugins, TrafficRouters } from '../../traffic/index.js';
import type { Action, Json, NewReplicaSet, Snapshot, Traffic } from '../types.js';
import {
  ANALYSIS_RUNS,
  EXPERIMENTS,
  PODS,
  REPLICA_SETS,
  ROLLOUTS,
  SERVICES,
} from '../../objects/collections.js';
import type { ObjectEvent } from '../../objects/events.js';
import { workloadCollection } from './followed.js';
import type { ObjectCache, Stored } from '../../objects/object-cache.js';
import { Conflict, type ObjectWriter } from '../../objects/object-writer.js';
import { eventsAfter, type UnansweredStatuses } from '../../objects/unanswered-statuses.js';
import type { RolloutRefusals } from './refusals.js';
import { worldOf } from './traffic-world.js';

/** What actions are carried out with. */
export interface ApplyDeps {
  readonly cache: ObjectCache;
  readonly writer: ObjectWriter;
  readonly routers: TrafficRouters;
  readonly plugins: TrafficPlugins;
  readonly refusals: Pick<RolloutRefusals, 'failed' | 'made'>;
  readonly statuses: Pick<UnansweredStatuses, 'write'>;
  /** Has an event of the Rollout recorded. */
  readonly tell: (event: ObjectEvent) => void;
}

/** Label of pods, and selector of Services: the hash of the pod template. */
const HASH_LABEL = 'rollouts-pod-template-hash';
/** On a Service: name of the Rollout that sets its selector. */
const MANAGED_BY = 'argo-rollouts.argoproj.io/managed-by-rollouts';

/**
 * Carries out the actions of a plan, in their order, until one fails: what follows may build on it. Each may be done again.
 * @throws Conflict when the Rollout, or something that a router has looked at, is not what was decided about.
 * @throws KubernetesError what the API server says.
 */
export async function applyActions(
  deps: ApplyDeps,
  stored: Stored,
  snapshot: Snapshot,
  actions: readonly Action[],
): Promise<void> {
  const application = new Application(deps, stored, snapshot);
  for (const [index, action] of actions.entries()) {
    try {
      await application.apply(action, eventsAfter(actions, index));
    } catch (error) {
      // Refused: a verdict is known all the same, and must outlive the run that gave it. Pods stay as long as their traffic.
      const at = isRefusal(error) ? actions.findIndex((each, place) => place > index && givesUp(each)) : -1;
      const [verdict] = at < 0 ? [] : actions.slice(at);
      if (verdict !== undefined) {
        const events = eventsAfter(actions, at);
        for (const each of [verdict, ...events]) await application.apply(each, events);
      }
      throw error;
    }
  }
}

const isRefusal = (error: unknown): boolean => error instanceof KubernetesError && error.status !== undefined;

type EventAction = Extract<Action, { readonly kind: 'event' }>;

const givesUp = (action: Action): boolean => action.kind === 'patchStatus' && action.status.abort === true;

class Application {
  readonly #deps: ApplyDeps;
  readonly #snapshot: Snapshot;
  /** The Rollout as it was decided about, and then as it was written here. */
  #rollout: Stored;

  constructor(deps: ApplyDeps, rollout: Stored, snapshot: Snapshot) {
    this.#deps = deps;
    this.#rollout = rollout;
    this.#snapshot = snapshot;
  }

  /** @param events what is told of the action once it is done. */
  async apply(action: Action, events: readonly EventAction[]): Promise<void> {
    const { writer } = this.#deps;
    switch (action.kind) {
      case 'patchRollout':
        return this.#patchRollout(action.patch);
      case 'patchStatus':
        return this.#patchStatus(action.patch, events);
      case 'createReplicaSet':
        return this.#createReplicaSet(action.replicaSet);
      case 'patchReplicaSet':
        await writer.patch(this.#ref(REPLICA_SETS, action.name), action.patch);
        return;
      case 'scaleReplicaSet': {
        const { name, replicas, annotations } = action;
        await writer.patch(this.#ref(REPLICA_SETS, name), {
          metadata: { annotations },
          spec: { replicas },
        });
        return;
      }
      case 'deleteReplicaSet': {
        const set = this.#snapshot.replicaSets.find(({ metadata }) => metadata.name === action.name);
        if (set !== undefined)
          await writer.delete(this.#ref(REPLICA_SETS, action.name), set.metadata.uid ?? '');
        return;
      }
      case 'patchPod':
        await writer.patch(this.#ref(PODS, action.name), action.patch);
        return;
      case 'evictPod':
        // Refused: the plan asks for it again.
        await writer.evict(this.#ref(PODS, action.name));
        return;
      case 'setServiceSelector':
        await writer.patch(this.#ref(SERVICES, action.name), {
          metadata: { annotations: { [MANAGED_BY]: this.#rollout.metadata.name } },
          spec: { selector: { [HASH_LABEL]: action.hash } },
        });
        return;
      case 'setTraffic':
        return this.#setTraffic(action.traffic);
      case 'createAnalysisRun': {
        const ref = this.#ref(ANALYSIS_RUNS, action.run.metadata?.name ?? '');
        const { apiVersion: _apiVersion, kind: _kind, ...run } = action.run;
        return this.#createMeasuring(ref, run);
      }
      case 'terminateAnalysisRun':
        await writer.patch(this.#ref(ANALYSIS_RUNS, action.name), { spec: { terminate: true } });
        return;
      case 'deleteAnalysisRun': {
        const run = this.#snapshot.analysisRuns.find(({ metadata }) => metadata?.name === action.name);
        if (run !== undefined)
          await writer.delete(this.#ref(ANALYSIS_RUNS, action.name), run.metadata?.uid ?? '');
        return;
      }
      case 'createExperiment': {
        const ref = this.#ref(EXPERIMENTS, action.experiment.metadata?.name ?? '');
        return this.#createMeasuring(ref, { ...action.experiment });
      }
      case 'terminateExperiment':
        await writer.patch(this.#ref(EXPERIMENTS, action.name), { spec: { terminate: true } });
        return;
      case 'deleteExperiment': {
        const { experiments } = this.#snapshot;
        const experiment = experiments.find(({ metadata }) => metadata?.name === action.name);
        if (experiment !== undefined)
          await writer.delete(this.#ref(EXPERIMENTS, action.name), experiment.metadata?.uid ?? '');
        return;
      }
      case 'scaleWorkload': {
        const { rollout } = this.#snapshot;
        const workload = workloadCollection(rollout);
        if (workload !== undefined)
          await writer.scale(this.#ref(workload.type, rollout.spec.workloadRef?.name ?? ''), action.replicas);
        return;
      }
      case 'event':
        this.#tell(action);
        return;
    }
  }

  #ref(type: ObjectType, name: string): ObjectRef {
    return { ...type, namespace: this.#rollout.metadata.namespace, name };
  }

  /** Only the Rollout that was decided about: what a person has changed since is looked at first. */
  async #patchRollout(patch: Readonly<Record<string, unknown>>, part = ''): Promise<void> {
    const { name, uid, resourceVersion } = this.#rollout.metadata;
    const given = patch['metadata'];
    const metadata = { ...(typeof given === 'object' ? given : {}), uid, resourceVersion };
    const written = await this.#deps.writer.patch(this.#ref(ROLLOUTS, name), { ...patch, metadata }, part);
    if (written !== undefined) this.#rollout = written;
  }

  #patchStatus(patch: Json, events: readonly EventAction[]): Promise<void> {
    return this.#deps.statuses.write(
      ...([this.#rollout, patch] as const),
      () => this.#patchRollout({ status: patch }, 'status'),
      () => {
        for (const event of events) this.#tell(event);
      },
    );
  }

  #tell({ type, reason, message }: EventAction): void {
    this.#deps.tell({ type, reason, message });
  }

  async #createReplicaSet(replicaSet: NewReplicaSet): Promise<void> {
    const ref = this.#ref(REPLICA_SETS, replicaSet.metadata.name ?? '');
    const made = await this.#onRecord(ref, () => this.#deps.writer.create(ref, { ...replicaSet }));
    if (made !== undefined) return;
    const there = await this.#deps.writer.read(ref);
    const { uid } = this.#rollout.metadata;
    if (there === undefined || there.metadata.controllerUid === uid) return;
    // Of another owner, or another template with the same hash: as Argo Rollouts does, the next hash is another one.
    const collisionCount = (this.#snapshot.rollout.status?.collisionCount ?? 0) + 1;
    await this.#patchRollout({ status: { collisionCount } }, 'status');
  }

  /** Makes a run or an experiment. */
  #createMeasuring(ref: ObjectRef, object: Json): Promise<void> {
    return this.#onRecord(ref, async () => {
      if ((await this.#deps.writer.create(ref, object)) === undefined) await this.#isOurs(ref);
    });
  }

  /** That an object is not taken is on record: nothing goes on without it, and not for ever. */
  async #onRecord<Result>(ref: ObjectRef, make: () => Promise<Result>): Promise<Result> {
    const { refusals } = this.#deps;
    try {
      const made = await make();
      refusals.made(ref);
      return made;
    } catch (error) {
      refusals.failed(ref, error, this.#snapshot.settings.analysisLostAbortMs);
      throw error;
    }
  }

  /** @throws Error when the object of the name is not that of this Rollout. */
  async #isOurs(ref: ObjectRef): Promise<void> {
    const there = await this.#deps.writer.read(ref);
    if (there === undefined || there.metadata.controllerUid === this.#rollout.metadata.uid) return;
    throw new Error(
      `${ref.kind} ${ref.namespace}/${ref.name} exists and is not of this Rollout: delete or rename it`,
    );
  }

  async #setTraffic(traffic: Traffic): Promise<void> {
    const { rollout } = this.#snapshot;
    const { changes } = this.#deps.routers.plan(rollout, traffic, worldOf(this.#deps, rollout));
    for (const change of changes) await this.#change(change);
  }

  async #change(change: Change): Promise<void> {
    const { writer, tell, plugins } = this.#deps;
    // Its answer has the Rollout looked at again.
    if (change.kind === 'call') plugins.call(change.request);
    else if (change.kind === 'create') {
      if ((await writer.create(change.ref, change.object)) === undefined) {
        await writer.read(change.ref);
        throw new Conflict(`${change.ref.kind} ${change.ref.namespace}/${change.ref.name} is there by now`);
      }
    } else if (change.kind === 'patch') await writer.patch(change.ref, change.patch);
    else await writer.delete(change.ref, change.uid);
    tell({ type: 'Normal', ...change.event });
  }
}
