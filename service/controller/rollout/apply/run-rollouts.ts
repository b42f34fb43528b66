import { type Collection, PODS, refKey, REPLICA_SETS, ROLLOUTS } from '../../objects/collections.js';
import { inOrder } from '../../objects/event-name.js';
import { controllerOf, type ObjectCache, type Stored } from '../../objects/object-cache.js';
import { ObjectWriter } from '../../objects/object-writer.js';
import { UnansweredStatuses } from '../../objects/unanswered-statuses.js';
import { Reconciler, type ReconcilerDeps } from '../../reconciler.js';
import { keyOf } from '../../runs/run-object.js';
import type { RunScope } from '../../runs/run-scope.js';
import type { HttpClient } from '../../../providers/index.js';
import { fields, KubernetesError } from '../../../providers/kubernetes/index.js';
import {
  type Looking,
  Notifier,
  type NotifierDeps,
  type NotificationSettings,
} from '../../notifications/index.js';
import {
  type ApiVersions,
  createTrafficPlugins,
  createTrafficRouters,
  type ObjectType,
  type TrafficPlugins,
  type TrafficRouters,
} from '../../traffic/index.js';
import { plan } from '../plan/index.js';
import type { Json, RolloutSettings, Snapshot } from '../types.js';
import { type ApplyDeps, applyActions } from './apply.js';
import { Dependents } from './dependents.js';
import { anyOf, collectionOf, type Followed, followedOf, needKeys, workloadCollection } from './followed.js';
import { runLeftServices } from './left-services.js';
import { rolloutOf } from './read-rollout.js';
import { Refusals } from './refusals.js';
import { snapshotOf } from './snapshot.js';
import { trafficOf } from './traffic-world.js';

/** What a controller of Rollouts needs. */
export interface RolloutControllerDeps extends ReconcilerDeps {
  readonly scope: RunScope;
  readonly settings: RolloutSettings;
  readonly traffic: {
    readonly versions: ApiVersions;
    /** Addresses of traffic plugins by their names. */
    readonly plugins: ReadonlyMap<string, string>;
  };
  /** The way to plugins and to receivers of notifications. */
  readonly http: Pick<HttpClient, 'request'>;
  /** Who is told of Rollouts; undefined: nobody. */
  readonly notifications?: NotificationSettings;
  readonly metrics: ReconcilerDeps['metrics'] & NotifierDeps['metrics'];
}

/**
 * Carries Rollouts out until `signal` is aborted. Everything follows from the objects: it may be ended at any point, and
 * another one goes on.
 */
export async function runRollouts(deps: RolloutControllerDeps, signal: AbortSignal): Promise<void> {
  await Promise.all([new RolloutController(deps, signal).run(), runLeftServices(deps, signal)]);
}

class RolloutController {
  readonly #deps: RolloutControllerDeps;
  readonly #followed: Followed;
  readonly #cache: ObjectCache;
  readonly #writer: ObjectWriter;
  readonly #reconciler: Reconciler;
  readonly #routers: TrafficRouters;
  readonly #plugins: TrafficPlugins;
  readonly #notifier: Notifier | undefined;
  readonly #dependents = new Dependents();
  readonly #refusals: Refusals;
  readonly #statuses = new UnansweredStatuses();

  constructor(deps: RolloutControllerDeps, signal: AbortSignal) {
    const { api, cache, scope, settings, traffic, timers, http } = deps;
    this.#deps = deps;
    this.#followed = followedOf(scope);
    this.#cache = cache;
    this.#writer = new ObjectWriter(api, cache, signal);
    this.#routers = createTrafficRouters(traffic.versions);
    this.#refusals = new Refusals(() => deps.clock.nowMs());
    this.#reconciler = new Reconciler(
      deps,
      {
        ...{ kind: 'Rollout', collection: this.#followed.rollouts },
        concerned: (type, stored) => this.#concerned(type, stored),
        decide: (key, stored) => this.#decide(key, stored),
      },
      signal,
    );
    const lookAgain = (rollout: { readonly namespace: string; readonly name: string }): void => {
      this.#reconciler.lookAgainAt(keyOf(rollout), deps.clock.nowMs());
    };
    this.#plugins = createTrafficPlugins(
      { urls: traffic.plugins, http, timers, retryMs: settings.verifyRetryMs, onAnswer: lookAgain },
      signal,
    );
    this.#notifier =
      deps.notifications === undefined
        ? undefined
        : new Notifier(
            {
              ...{ ...deps, ...deps.notifications, cluster: scope.cluster },
              ...{ random: Math.random, onDone: lookAgain },
            },
            signal,
          );
  }

  run(): Promise<void> {
    return this.#reconciler.run();
  }

  /** The Rollouts that a change of another object may give something to do. */
  #concerned(type: ObjectType, { json, metadata }: Stored): readonly string[] {
    const { namespace, name } = metadata;
    const ofCluster = type.kind.startsWith('Cluster');
    const needing = [
      ...this.#dependents.of(refKey(type, namespace, name)),
      ...this.#dependents.of(anyOf(type, ofCluster ? '' : namespace)),
    ];
    const owner = controllerOf(json);
    if (owner?.kind === 'Rollout') return [...needing, `${namespace}/${owner.name}`];
    if (type === PODS && owner?.kind === 'ReplicaSet') {
      const set = this.#cache.get(this.#followed.replicaSets, namespace, owner.name);
      return set === undefined ? needing : [...needing, ...this.#concerned(REPLICA_SETS, set)];
    }
    // Nobody's: some Rollout may adopt it.
    if (type === REPLICA_SETS && owner === undefined)
      return this.#cache.list(this.#followed.rollouts, namespace).map((rollout) => keyOf(rollout.metadata));
    return needing;
  }

  /** Plans for a Rollout and does it. */
  async #decide(key: string, stored: Stored | undefined): Promise<boolean> {
    const { clock, settings } = this.#deps;
    if (stored === undefined) {
      this.#dependents.set(key, []);
      const [namespace = '', name = ''] = key.split('/');
      this.#plugins.forget({ namespace, name });
      this.#notifier?.forget({ namespace, name });
      this.#refusals.forget(key);
      this.#statuses.forget(key);
      return false;
    }
    this.#statuses.look(stored);
    const read = rolloutOf(stored);
    const { rollout } = read;
    const needs = this.#routers.needs(rollout);
    this.#dependents.set(key, needKeys(rollout, needs));
    // Nothing is decided from a part of what is there.
    const followed = Object.values<Collection>({ ...this.#followed });
    const all = [...followed, workloadCollection(rollout), ...needs.map(collectionOf)];
    if (!(await this.#reconciler.isKnown(key, all))) return false;
    const sources = { cache: this.#cache, plugins: this.#plugins };
    const refusals = this.#refusals.of(key, stored.metadata.uid, rollout.status?.abort === true);
    const snapshot = snapshotOf({ cache: this.#cache, followed: this.#followed }, stored, read, {
      ...trafficOf(this.#routers, sources, rollout),
      ...{ refusals: refusals.byObject, settings, nowMs: clock.nowMs() },
    });
    const tell: ApplyDeps['tell'] = (event) => {
      this.#reconciler.tell(stored, event);
    };
    const patch = (change: Json): Promise<void> => this.#patch(stored, change);
    // Before anything is decided: what holds now is told of, although it may not hold much longer.
    const noted = await this.#note(snapshot, { patch, tell });
    if (noted === 'written') return true;
    const { actions, requeueAtMs } = plan(snapshot);
    if (requeueAtMs !== undefined) this.#reconciler.lookAgainAt(key, requeueAtMs);
    const deps: ApplyDeps = {
      ...{ ...sources, writer: this.#writer, routers: this.#routers },
      ...{ refusals, statuses: this.#statuses },
      tell: inOrder((event, index) => {
        this.#reconciler.tell(stored, event, { index, atMs: snapshot.nowMs });
      }),
    };
    await applyActions(deps, stored, snapshot, actions);
    if (actions.some(({ kind }) => kind !== 'event' && kind !== 'evictPod')) return true;
    if (noted instanceof Error) throw noted;
    return false;
  }

  /** What can not be put on record must not keep a verdict from being carried out: the error is told of after that. */
  async #note(snapshot: Snapshot, looking: Looking): Promise<'written' | 'nothing' | Error> {
    try {
      return (await this.#notifier?.look(snapshot, looking)) === true ? 'written' : 'nothing';
    } catch (error) {
      // Somebody was faster, or the server is away: nothing else could be written either.
      if (error instanceof KubernetesError && error.status !== undefined) return error;
      throw error;
    }
  }

  /** Changes the Rollout, if it still is the one that was looked at. */
  async #patch({ metadata: { namespace, name, uid, resourceVersion } }: Stored, change: Json): Promise<void> {
    const metadata = { ...fields(change['metadata']), uid, resourceVersion };
    await this.#writer.patch({ ...ROLLOUTS, namespace, name }, { ...change, metadata });
  }
}
