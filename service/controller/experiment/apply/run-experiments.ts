import { type Collection, CLUSTER_TEMPLATES, TEMPLATES } from '../../objects/collections.js';
import { inOrder } from '../../objects/event-name.js';
import { controllerOf, type ObjectCache, type Stored } from '../../objects/object-cache.js';
import { ObjectWriter } from '../../objects/object-writer.js';
import { UnansweredStatuses } from '../../objects/unanswered-statuses.js';
import { Reconciler, type ReconcilerDeps } from '../../reconciler.js';
import { type Followed, followedOf } from '../../rollout/apply/followed.js';
import { refusalKey } from '../../rollout/types.js';
import { keyOf } from '../../runs/run-object.js';
import type { RunScope } from '../../runs/run-scope.js';
import type { ObjectType } from '../../traffic/index.js';
import { planExperiment } from '../plan/index.js';
import type { ExperimentSettings } from '../types.js';
import { applyExperiment, type ExperimentApplyDeps, type ExperimentEvent } from './apply-experiment.js';
import { experimentSnapshotOf } from './experiment-snapshot.js';

/** What a controller of Experiments needs. */
export interface ExperimentControllerDeps extends ReconcilerDeps {
  readonly scope: RunScope;
  readonly settings: ExperimentSettings;
}

/**
 * Carries Experiments out until `signal` is aborted. Everything follows from the objects: it may be ended at any point, and
 * another one goes on.
 */
export async function runExperiments(deps: ExperimentControllerDeps, signal: AbortSignal): Promise<void> {
  await new ExperimentController(deps, signal).run();
}

/** What is not taken of one Experiment; another one of its name is another one. */
interface Refusals {
  readonly uid: string;
  readonly byObject: Map<string, string>;
}

class ExperimentController {
  readonly #deps: ExperimentControllerDeps;
  readonly #followed: Followed;
  readonly #cache: ObjectCache;
  readonly #writer: ObjectWriter;
  readonly #reconciler: Reconciler;
  /** What the API server does not take: the status tells of it at once, and whoever goes on before that asks once more. */
  readonly #refusals = new Map<string, Refusals>();
  readonly #statuses = new UnansweredStatuses();

  constructor(deps: ExperimentControllerDeps, signal: AbortSignal) {
    const { api, cache, scope } = deps;
    this.#deps = deps;
    this.#followed = followedOf(scope);
    this.#cache = cache;
    this.#writer = new ObjectWriter(api, cache, signal);
    this.#reconciler = new Reconciler(
      deps,
      {
        ...{ kind: 'Experiment', collection: this.#followed.experiments },
        concerned: (type, stored) => this.#concerned(type, stored),
        decide: (key, stored) => this.#decide(key, stored),
      },
      signal,
    );
  }

  run(): Promise<void> {
    return this.#reconciler.run();
  }

  /** The Experiments that a change of another object may give something to do. */
  #concerned(type: ObjectType, { json, metadata }: Stored): readonly string[] {
    const owner = controllerOf(json);
    if (owner?.kind === 'Experiment') return [`${metadata.namespace}/${owner.name}`];
    if (type !== TEMPLATES && type !== CLUSTER_TEMPLATES) return [];
    const namespace = type === TEMPLATES ? metadata.namespace : undefined;
    return this.#cache.list(this.#followed.experiments, namespace).map((each) => keyOf(each.metadata));
  }

  /** Plans for an Experiment and does it. */
  async #decide(key: string, stored: Stored | undefined): Promise<boolean> {
    if (stored === undefined) {
      this.#refusals.delete(key);
      this.#statuses.forget(key);
      return false;
    }
    this.#statuses.look(stored);
    // Nothing is decided from a part of what is there.
    const { experiments, replicaSets, services, runs, templates, clusterTemplates } = this.#followed;
    const all: readonly (Collection | undefined)[] = [
      ...[experiments, replicaSets, services, runs, templates, clusterTemplates],
    ];
    if (!(await this.#reconciler.isKnown(key, all))) return false;
    const { settings, clock } = this.#deps;
    const refusals = this.#refusalsOf(key, stored);
    const snapshot = experimentSnapshotOf({ cache: this.#cache, followed: this.#followed }, stored, {
      ...{ refusals, settings, nowMs: clock.nowMs() },
    });
    const { actions, requeueAtMs } = planExperiment(snapshot);
    if (requeueAtMs !== undefined) this.#reconciler.lookAgainAt(key, requeueAtMs);
    const deps: ExperimentApplyDeps = {
      ...{ writer: this.#writer, statuses: this.#statuses },
      tell: inOrder((event, index) => {
        this.#tell(stored, event, { index, atMs: snapshot.nowMs });
      }),
      refused: (kind, name, why) => {
        refusals.set(refusalKey(kind, name), why);
      },
    };
    await applyExperiment(deps, stored, actions);
    return actions.some(({ kind }) => kind !== 'event');
  }

  #refusalsOf(key: string, { metadata: { uid } }: Stored): Map<string, string> {
    const known = this.#refusals.get(key);
    if (known?.uid === uid) return known.byObject;
    const byObject = new Map<string, string>();
    this.#refusals.set(key, { uid, byObject });
    return byObject;
  }

  /** Whoever follows the Rollout hears of its analyses too. */
  #tell(
    stored: Stored,
    { type, reason, message, isForRollout }: ExperimentEvent,
    when: { readonly index: number; readonly atMs: number },
  ): void {
    const event = { type, reason, message };
    this.#reconciler.tell(stored, event, when);
    const owner = isForRollout === true ? controllerOf(stored.json) : undefined;
    if (owner?.kind !== 'Rollout') return;
    const rollout = this.#cache.get(this.#followed.rollouts, stored.metadata.namespace, owner.name);
    // Not another one that has its name now.
    if (rollout !== undefined && rollout.metadata.uid === stored.metadata.controllerUid)
      this.#reconciler.tell(stored, event, { ...when, of: { ...rollout.metadata, kind: 'Rollout' } });
  }
}
