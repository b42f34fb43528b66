import { type KubernetesApi, KubernetesError } from '../../providers/kubernetes/index.js';
import type { ObjectRef, ObjectType } from '../traffic/index.js';
import type { Json } from '../rollout/types.js';
import { collectionPath, objectPath } from './collections.js';
import type { ObjectCache, Stored } from './object-cache.js';

/** What was decided was decided about another state: it has to be decided again, from what the cache has now. */
export class Conflict extends Error {
  override readonly name = 'Conflict';
}

/** Writes objects. What the server answers is in the cache at once; so is, after a conflict, what is there instead. */
export class ObjectWriter {
  readonly #api: KubernetesApi;
  readonly #cache: ObjectCache;
  readonly #signal: AbortSignal;

  constructor(api: KubernetesApi, cache: ObjectCache, signal: AbortSignal) {
    this.#api = api;
    this.#cache = cache;
    this.#signal = signal;
  }

  /** Creates an object; undefined: there is one of the name, which {@link read} gives. */
  async create(ref: ObjectRef, object: Json): Promise<Stored | undefined> {
    const apiVersion = ref.group === '' ? ref.version : `${ref.group}/${ref.version}`;
    const body = { ...object, apiVersion, kind: ref.kind };
    try {
      return await this.#send('POST', ref, collectionPath(ref, ref.namespace), body);
    } catch (error) {
      if (hasStatus(error, 409)) return undefined;
      throw error;
    }
  }

  /** The object as it is now; undefined: it is gone. */
  async read(ref: ObjectRef): Promise<Stored | undefined> {
    try {
      return await this.#send('GET', ref, objectPath(ref));
    } catch (error) {
      if (hasStatus(error, 404)) return undefined;
      throw error;
    }
  }

  /**
   * Sends a merge patch; undefined: the object is gone.
   * @param part a subresource whose answer is the object, e.g. `status`.
   * @throws Conflict when it names a version or UID that is not that of the object.
   */
  async patch(ref: ObjectRef, patch: Json, part = ''): Promise<Stored | undefined> {
    const path = `${objectPath(ref)}${part === '' ? '' : `/${part}`}`;
    try {
      return await this.#send('PATCH', ref, path, patch);
    } catch (error) {
      if (hasStatus(error, 404)) return undefined;
      if (!hasStatus(error, 409)) throw error;
      await this.read(ref);
      throw new Conflict(`${ref.kind} ${ref.namespace}/${ref.name} was changed by somebody else`);
    }
  }

  /** Sets the number of pods of a workload through its `scale`, which needs no right to change the rest. */
  async scale(ref: ObjectRef, replicas: number): Promise<void> {
    const path = `${objectPath(ref)}/scale`;
    await this.#api.request({ method: 'PATCH', path, body: { spec: { replicas } }, signal: this.#signal });
    await this.read(ref);
  }

  /** Deletes this very object, not another one that has its name now. */
  async delete(ref: ObjectRef, uid: string): Promise<void> {
    const body = { propagationPolicy: 'Background', preconditions: { uid } };
    try {
      await this.#api.request({ method: 'DELETE', path: objectPath(ref), body, signal: this.#signal });
    } catch (error) {
      if (!hasStatus(error, 404) && !hasStatus(error, 409)) throw error;
    }
    this.#cache.removed(ref, uid);
  }

  /** Has a pod evicted; false: a disruption budget does not allow it now. */
  async evict(ref: ObjectRef): Promise<boolean> {
    const body = {
      ...{ apiVersion: 'policy/v1', kind: 'Eviction' },
      metadata: { name: ref.name, namespace: ref.namespace },
    };
    try {
      await this.#api.request({
        ...{ method: 'POST', path: `${objectPath(ref)}/eviction`, body, signal: this.#signal },
      });
    } catch (error) {
      if (hasStatus(error, 429)) return false;
      if (!hasStatus(error, 404)) throw error;
      return true;
    }
    await this.read(ref);
    return true;
  }

  async #send(
    method: 'GET' | 'POST' | 'PATCH',
    type: ObjectType,
    path: string,
    body?: Json,
  ): Promise<Stored> {
    const answer = await this.#api.request({
      ...{ method, path, signal: this.#signal },
      ...(body === undefined ? {} : { body }),
    });
    return this.#cache.wrote(type, answer);
  }
}

const hasStatus = (error: unknown, status: number): boolean =>
  error instanceof KubernetesError && error.status === status;
