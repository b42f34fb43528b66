import { fields, type KubernetesApi, KubernetesError, text } from '../../../providers/kubernetes/index.js';
import { objectPath, ROLLOUTS, SERVICES } from '../../objects/collections.js';
import type { ObjectCache, Stored } from '../../objects/object-cache.js';
import { ObjectWriter } from '../../objects/object-writer.js';
import type { ReconcilerDeps } from '../../reconciler.js';
import { keyOf } from '../../runs/run-object.js';
import type { RunScope } from '../../runs/run-scope.js';
import { WorkQueue } from '../../work-queue.js';
import { HASH_LABEL, MANAGED_BY } from '../plan/names.js';
import type { Json } from '../types.js';
import { type Followed, followedOf } from './followed.js';

type Deps = ReconcilerDeps & { readonly scope: RunScope };

const CONCURRENCY = 4;
const RETRY_MS = 15_000;

/**
 * Until `signal` is aborted, gives the Services back that their Rollout names no longer, or whose Rollout is gone: they select
 * the pods of all versions again, as whoever made them had it. Argo Rollouts does so too.
 */
export async function runLeftServices(deps: Deps, signal: AbortSignal): Promise<void> {
  const { cache, clock, log, metrics, timers } = deps;
  const left = new LeftServices(deps, signal);
  const queue = new WorkQueue({
    concurrency: CONCURRENCY,
    timers,
    work: async (key) => {
      try {
        await left.look(key);
      } catch (error) {
        if (signal.aborted) return;
        metrics.failed('kubernetes');
        log.warn({ err: error, service: key }, 'a Service could not be given back and is tried again');
        queue.addAt(key, clock.nowMs() + RETRY_MS, clock.nowMs());
      }
    },
  });
  const add = (stored: Stored): void => {
    queue.add(keyOf(stored.metadata));
  };
  cache.listen({
    onChange(type, stored) {
      if (type === SERVICES && left.isLeft(stored)) add(stored);
      if (type === ROLLOUTS) left.leftBy(stored).forEach(add);
    },
    onListed() {
      left.all().forEach(add);
    },
  });
  await new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => {
      resolve();
    });
    if (signal.aborted) resolve();
  });
  await queue.stop();
}

class LeftServices {
  readonly #api: KubernetesApi;
  readonly #signal: AbortSignal;
  readonly #cache: ObjectCache;
  readonly #followed: Followed;
  readonly #writer: ObjectWriter;

  constructor({ api, cache, scope }: Deps, signal: AbortSignal) {
    this.#api = api;
    this.#signal = signal;
    this.#cache = cache;
    this.#followed = followedOf(scope);
    this.#writer = new ObjectWriter(api, cache, signal);
  }

  /** All that seem to be left. */
  all(): readonly Stored[] {
    return this.#cache.list(this.#followed.services).filter((stored) => this.isLeft(stored));
  }

  /** Those that seem to be left by a Rollout, which may be gone. */
  leftBy({ metadata: { namespace, name } }: Stored): readonly Stored[] {
    return this.#cache
      .list(this.#followed.services, namespace)
      .filter((stored) => managerOf(stored) === name && this.isLeft(stored));
  }

  /** It says that a Rollout manages it, and that does not name it, or is not known here. */
  isLeft(service: Stored): boolean {
    const manager = managerOf(service);
    if (manager === '') return false;
    const { namespace, name } = service.metadata;
    const rollout = this.#cache.get(this.#followed.rollouts, namespace, manager);
    return rollout === undefined || !namesIn(rollout.json).includes(name);
  }

  /** Gives a Service back if it is left indeed: the Rollout may be one of another controller. */
  async look(key: string): Promise<void> {
    const [namespace = '', name = ''] = key.split('/');
    const service = this.#cache.get(this.#followed.services, namespace, name);
    if (service === undefined || !this.isLeft(service)) return;
    const rollout = await this.#rolloutNow(namespace, managerOf(service));
    if (rollout !== undefined && namesIn(rollout).includes(name)) return;
    const { uid, resourceVersion } = service.metadata;
    await this.#writer.patch(
      { ...SERVICES, namespace, name },
      {
        metadata: { uid, resourceVersion, annotations: { [MANAGED_BY]: null } },
        spec: { selector: { [HASH_LABEL]: null } },
      },
    );
  }

  /** Not through the cache, which has no Rollouts of other controllers. Undefined: there is none. */
  async #rolloutNow(namespace: string, name: string): Promise<Json | undefined> {
    const path = objectPath({ ...ROLLOUTS, namespace, name });
    try {
      return fields(await this.#api.request({ method: 'GET', path, signal: this.#signal }));
    } catch (error) {
      if (error instanceof KubernetesError && error.status === 404) return undefined;
      throw error;
    }
  }
}

/** Name of the Rollout that manages a Service; empty: none does. */
const managerOf = ({ json }: Stored): string =>
  text(fields(fields(json['metadata'])['annotations'])[MANAGED_BY]);

/** Names of the Services of a Rollout, whatever else of it may be as it should not. */
function namesIn(rollout: Json): readonly string[] {
  const { canary, blueGreen } = fields(fields(rollout['spec'])['strategy']);
  const [one, other] = [fields(canary), fields(blueGreen)];
  const { pingService, pongService } = fields(one['pingPong']);
  return [
    ...[one['stableService'], one['canaryService'], pingService, pongService],
    ...[other['activeService'], other['previewService']],
  ].map(text);
}
