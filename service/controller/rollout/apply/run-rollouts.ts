import type { Clock, Log, Timers } from '../../../platform/index.js';
import { fields, type KubernetesApi, KubernetesError, text } from '../../../providers/kubernetes/index.js';
import type { RunScope } from '../../runs/run-scope.js';
import { keyOf } from '../../runs/run-object.js';
import { createTrafficRouters, type Need, type ObjectType } from '../../traffic/index.js';
import { WorkQueue } from '../../work-queue.js';
import { plan } from '../plan/index.js';
import type { RolloutSettings } from '../types.js';
import { applyActions } from './apply.js';
import { CLUSTER_TEMPLATES, type Collection, PODS, refKey, REPLICA_SETS, ROLLOUTS } from './collections.js';
import { Dependents } from './dependents.js';
import { recordEvent, type RolloutEvent } from './events.js';
import { anyOf, collectionOf, type Followed, followedOf, needKeys, workloadCollection } from './followed.js';
import { ObjectCache, type Stored } from './object-cache.js';
import { Conflict, ObjectWriter } from './object-writer.js';
import { rolloutOf, snapshotOf } from './snapshot.js';
import { trafficOf } from './traffic-world.js';

/** What a controller of Rollouts needs. */
export interface RolloutControllerDeps {
  readonly api: KubernetesApi;
  readonly scope: RunScope;
  readonly settings: RolloutSettings;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
  readonly metrics: {
    /** A request to the API server failed and is repeated. */
    failed(side: 'kubernetes'): void;
  };
}

/** Rollouts worked on at once. */
const CONCURRENCY = 16;
/** Plans in a row for one Rollout, after which others have their turn. */
const ROUNDS = 20;
const NEXT_TURN_MS = 100;
/** What is not known yet is asked for again, ms; a list that comes to be known wakes all. */
const UNKNOWN_RETRY_MS = 1_000;
const FIRST_RETRY_MS = 250;
const LAST_RETRY_MS = 15_000;

/**
 * Carries Rollouts out until `signal` is aborted. Everything follows from the objects: it may be ended at any point, and
 * another one goes on.
 */
export async function runRollouts(deps: RolloutControllerDeps, signal: AbortSignal): Promise<void> {
  const controller = new RolloutController(deps, signal);
  await controller.run(signal);
}

class RolloutController {
  readonly #deps: RolloutControllerDeps;
  readonly #followed: Followed;
  readonly #cache: ObjectCache;
  readonly #writer: ObjectWriter;
  readonly #queue: WorkQueue;
  readonly #signal: AbortSignal;
  readonly #routers = createTrafficRouters();
  readonly #dependents = new Dependents();
  /** Failures in a row, and what they were about. */
  readonly #failures = new Map<string, { readonly count: number; readonly told: string }>();

  constructor(deps: RolloutControllerDeps, signal: AbortSignal) {
    const { api, log, scope, timers } = deps;
    this.#deps = deps;
    this.#signal = signal;
    this.#followed = followedOf(scope);
    this.#queue = new WorkQueue({ concurrency: CONCURRENCY, timers, work: (key) => this.#work(key) });
    this.#cache = new ObjectCache(
      {
        ...{ api, log },
        ...(scope.namespace === undefined ? {} : { namespace: scope.namespace }),
        onChange: (type, stored) => {
          for (const key of this.#concerned(type, stored)) this.#queue.add(key);
        },
        onListed: () => {
          this.#addAll();
        },
      },
      signal,
    );
    this.#writer = new ObjectWriter(api, this.#cache, signal);
  }

  async run(signal: AbortSignal): Promise<void> {
    // The list of Rollouts brings everything else about.
    this.#addAll();
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      signal.addEventListener('abort', () => {
        resolve();
      });
    });
    await this.#queue.stop();
    await this.#cache.ended();
  }

  #addAll(): void {
    for (const { metadata } of this.#cache.list(this.#followed.rollouts)) this.#queue.add(keyOf(metadata));
  }

  /** The Rollouts that a change may give something to do. */
  #concerned(type: ObjectType, { json, metadata }: Stored): readonly string[] {
    if (type === ROLLOUTS) return [keyOf(metadata)];
    const { namespace, name } = metadata;
    const templates = type === CLUSTER_TEMPLATES ? '' : namespace;
    const needing = [
      ...this.#dependents.of(refKey(type, namespace, name)),
      ...this.#dependents.of(anyOf(type, templates)),
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

  async #work(key: string): Promise<void> {
    const { clock, log, metrics } = this.#deps;
    try {
      for (let round = 0; round < ROUNDS; round += 1) {
        if (this.#signal.aborted || !(await this.#decide(key))) {
          this.#failures.delete(key);
          return;
        }
      }
      this.#queue.addAt(key, clock.nowMs() + NEXT_TURN_MS, clock.nowMs());
    } catch (error) {
      if (this.#signal.aborted) return;
      const { count = 0, told = '' } = this.#failures.get(key) ?? {};
      const retryMs = Math.min(FIRST_RETRY_MS * 2 ** count, LAST_RETRY_MS) * (0.75 + Math.random() / 2);
      this.#queue.addAt(key, clock.nowMs() + retryMs, clock.nowMs());
      if (error instanceof Conflict) {
        this.#failures.set(key, { count: count + 1, told });
        return;
      }
      metrics.failed('kubernetes');
      log.warn({ err: error, rollout: key }, 'a Rollout could not be carried on and is tried again');
      const reason = error instanceof Error ? error.message : String(error);
      this.#failures.set(key, { count: count + 1, told: reason });
      // Whoever owns the Rollout sees no logs. Said once; a server that is away can be told nothing.
      const rollout = this.#rollout(key);
      const isAway = error instanceof KubernetesError && error.status === undefined;
      if (rollout !== undefined && !isAway && reason !== told)
        await this.#tell(rollout, { type: 'Warning', reason: 'ReconcileError', message: reason });
    }
  }

  #rollout(key: string): Stored | undefined {
    const [namespace = '', name = ''] = key.split('/');
    return this.#cache.get(this.#followed.rollouts, namespace, name);
  }

  /** Plans for a Rollout and does it. True: there was something to do, so that there may be more. */
  async #decide(key: string): Promise<boolean> {
    const { clock, settings } = this.#deps;
    const stored = this.#rollout(key);
    if (stored === undefined) {
      this.#dependents.set(key, []);
      return false;
    }
    const rollout = rolloutOf(stored);
    const needs = this.#routers.needs(rollout);
    this.#dependents.set(key, needKeys(rollout, needs));
    const nowMs = clock.nowMs();
    if (!(await this.#isAllKnown(rollout, needs))) {
      this.#queue.addAt(key, nowMs + UNKNOWN_RETRY_MS, nowMs);
      return false;
    }
    const snapshot = snapshotOf({ cache: this.#cache, followed: this.#followed }, stored, {
      ...trafficOf(this.#routers, this.#cache, rollout),
      ...{ settings, nowMs },
    });
    const { actions, requeueAtMs } = plan(snapshot);
    if (requeueAtMs !== undefined) this.#queue.addAt(key, requeueAtMs, nowMs);
    const deps = {
      ...{ cache: this.#cache, writer: this.#writer, routers: this.#routers },
      tell: (event: RolloutEvent) => this.#tell(stored, event),
    };
    await applyActions(deps, stored, snapshot, actions);
    return actions.some(({ kind }) => kind !== 'event' && kind !== 'evictPod');
  }

  /** Nothing is decided from a part of what is there. */
  async #isAllKnown(rollout: ReturnType<typeof rolloutOf>, needs: readonly Need[]): Promise<boolean> {
    const collections = [
      ...Object.values<Collection>({ ...this.#followed }),
      workloadCollection(rollout),
      ...needs.map(collectionOf),
    ].filter((collection) => collection !== undefined);
    const known = await Promise.all(collections.map((collection) => this.#cache.isKnown(collection)));
    return known.every(Boolean);
  }

  /** Events are told once, if they can be: nothing depends on them. */
  async #tell(rollout: Stored, event: RolloutEvent): Promise<void> {
    const { api, clock, log } = this.#deps;
    try {
      await recordEvent(api, rollout.metadata, event, clock.nowMs(), this.#signal);
    } catch (error) {
      if (this.#signal.aborted) return;
      const { namespace, name } = rollout.metadata;
      log.warn(
        { err: error, rollout: `${namespace}/${name}`, reason: event.reason },
        'an event could not be recorded',
      );
    }
  }
}

/** Kind and name of the owner that manages an object; undefined: nobody does. */
function controllerOf(json: Stored['json']): { readonly kind: string; readonly name: string } | undefined {
  const owners = fields(json['metadata'])['ownerReferences'];
  const owner = (Array.isArray(owners) ? owners.map(fields) : []).find(
    ({ controller }) => controller === true,
  );
  return owner === undefined ? undefined : { kind: text(owner['kind']), name: text(owner['name']) };
}
