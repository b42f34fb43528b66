import {
  fields,
  type KubernetesApi,
  KubernetesError,
  readMeta,
} from '../../../providers/kubernetes/index.js';
import { collectionPath, objectPath, ROLLOUTS } from '../../objects/collections.js';
import type { ObjectCache, Stored } from '../../objects/object-cache.js';
import type { ReconcilerDeps } from '../../reconciler.js';
import { keyOf } from '../../runs/run-object.js';
import type { RunScope } from '../../runs/run-scope.js';
import {
  destinationRules,
  namedRule,
  type ObjectRef,
  type ObjectType,
  userOf,
  withoutRollout,
} from '../../traffic/index.js';
import { WorkQueue } from '../../work-queue.js';
import type { Json } from '../types.js';
import { type Followed, followedOf } from './followed.js';

type Deps = ReconcilerDeps & { readonly scope: RunScope; readonly istioVersion: string | undefined };

const CONCURRENCY = 4;
const RETRY_MS = 15_000;
/** Key of the work that finds what was left while no controller was there. */
const ALL = '*';

/**
 * Until `signal` is aborted, gives the DestinationRules back that their Rollout uses no longer, or whose Rollout is gone:
 * their subsets select the pods of all versions again. Argo Rollouts does so too.
 */
export async function runLeftRules(deps: Deps, signal: AbortSignal): Promise<void> {
  const { cache, clock, log, metrics, timers } = deps;
  const left = new LeftRules(deps, signal);
  const queue = new WorkQueue({
    concurrency: CONCURRENCY,
    timers,
    work: async (key) => {
      try {
        if (key === ALL) (await left.all()).forEach(add);
        else await left.look(key);
      } catch (error) {
        if (signal.aborted) return;
        metrics.failed('kubernetes');
        log.warn({ err: error, rule: key }, 'a DestinationRule could not be given back and is tried again');
        queue.addAt(key, clock.nowMs() + RETRY_MS, clock.nowMs());
      }
    },
  });
  const add = (key: string): void => {
    queue.add(key);
  };
  cache.listen({
    onChange(type, stored) {
      if (type === ROLLOUTS) left.leftBy(stored).forEach(add);
    },
    onListed: () => undefined,
  });
  add(ALL);
  await new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => {
      resolve();
    });
    if (signal.aborted) resolve();
  });
  await queue.stop();
}

/** Keys are `namespace/name`, of rules and of Rollouts. */
class LeftRules {
  readonly #api: KubernetesApi;
  readonly #signal: AbortSignal;
  readonly #cache: ObjectCache;
  readonly #followed: Followed;
  readonly #type: ObjectType;
  readonly #namespace: string | undefined;
  /** The rules that Rollouts used when they were seen last. */
  readonly #used = new Map<string, string>();

  constructor({ api, cache, scope, istioVersion = 'v1alpha3' }: Deps, signal: AbortSignal) {
    this.#api = api;
    this.#signal = signal;
    this.#cache = cache;
    this.#followed = followedOf(scope);
    this.#type = destinationRules(istioVersion);
    this.#namespace = scope.namespace;
  }

  /** Those that a Rollout uses, of whom it may be so no longer. A cluster without Istio has none. */
  async all(): Promise<readonly string[]> {
    const list = await this.#read(collectionPath(this.#type, this.#namespace));
    const items = Array.isArray(list?.['items']) ? list['items'].map(fields) : [];
    return items.filter((rule) => userOf(rule) !== '').map((rule) => keyOf(readMeta(rule['metadata'])));
  }

  /** The rule that a Rollout, which may be gone, has used until now. */
  leftBy({ json, metadata }: Stored): readonly string[] {
    const key = keyOf(metadata);
    const { namespace, name } = metadata;
    const isThere = this.#cache.get(this.#followed.rollouts, namespace, name) !== undefined;
    const [before, now] = [this.#used.get(key), isThere ? namedRule(json) : ''];
    if (now === '') this.#used.delete(key);
    else this.#used.set(key, now);
    return before === undefined || before === now ? [] : [`${namespace}/${before}`];
  }

  /** Gives a rule back if it is left indeed: its Rollout may be one of another controller. */
  async look(key: string): Promise<void> {
    const [namespace = '', name = ''] = key.split('/');
    const ref: ObjectRef = { ...this.#type, namespace, name };
    const rule = await this.#read(objectPath(ref));
    const user = rule === undefined ? '' : userOf(rule);
    if (rule === undefined || user === '') return;
    const rollout = await this.#read(objectPath({ ...ROLLOUTS, namespace, name: user }));
    if (rollout !== undefined && namedRule(rollout) === name) return;
    for (const change of withoutRollout(rule, ref))
      if (change.kind === 'patch')
        await this.#api.request({
          ...{ method: 'PATCH', path: objectPath(ref), body: change.patch, signal: this.#signal },
        });
  }

  /** Neither read nor written through the cache, which follows no rules that are not used. Undefined: it is not there. */
  async #read(path: string): Promise<Json | undefined> {
    try {
      return fields(await this.#api.request({ method: 'GET', path, signal: this.#signal }));
    } catch (error) {
      if (error instanceof KubernetesError && error.status === 404) return undefined;
      throw error;
    }
  }
}
