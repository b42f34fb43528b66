import type { Log } from '../../platform/index.js';
import {
  fields,
  type KubernetesApi,
  KubernetesError,
  type ObjectMeta,
  readMeta,
  text,
  WatchedList,
} from '../../providers/kubernetes/index.js';
import { isOlder, keyOf } from '../runs/run-object.js';
import type { ObjectRef, ObjectType } from '../traffic/index.js';
import type { Json } from '../rollout/types.js';
import { type Collection, collectionPath, EXPERIMENTS, refKey, ROLLOUTS } from './collections.js';
import { tellUnwatched } from './unwatched.js';

/** An object as the API server has it. */
export interface Stored {
  readonly metadata: ObjectMeta;
  readonly json: Json;
}

/** What an {@link ObjectCache} is made of. */
export interface ObjectCacheOptions {
  readonly api: KubernetesApi;
  readonly log: Log;
  /** The only namespace that is looked at; undefined: all. */
  readonly namespace?: string;
  /** Told why objects of a kind can not be watched that nothing is done without; undefined: they are. */
  readonly onUnwatched?: (kind: string, reason: string | undefined) => void;
}

/** Whoever wants to know that there is something new. */
export interface CacheListener {
  onChange(type: ObjectType, stored: Stored): void;
  /** A collection follows the server, for the first time or again. */
  onListed(): void;
}

/** What was written, until the watch brings it; or that it was deleted. */
type Written = { readonly uid: string; readonly stored?: Stored };

/** A collection that is followed. */
interface Followed {
  readonly type: ObjectType;
  readonly list: WatchedList<Stored>;
}

/** Deleted objects that are remembered: an answer about one of them may yet be under way. */
const MOST_GONE = 4_096;

/**
 * Objects of a cluster as far as somebody has asked for them. What was written through {@link wrote} is seen at once: a
 * decision is never made from what was there before a write of one's own.
 */
export class ObjectCache {
  readonly #options: ObjectCacheOptions;
  readonly #signal: AbortSignal;
  readonly #lists = new Map<string, Followed>();
  readonly #written = new Map<string, Written>();
  /** UIDs of objects that watches have seen go, the oldest first. */
  readonly #gone = new Set<string>();
  readonly #listeners: CacheListener[] = [];

  constructor(options: ObjectCacheOptions, signal: AbortSignal) {
    this.#options = options;
    this.#signal = signal;
  }

  /** Tells of all changes from now on. */
  listen(listener: CacheListener): void {
    this.#listeners.push(listener);
  }

  /**
   * Whether what is known of a collection is all there is; begins to follow it. A kind that the cluster does not have is known
   * to have no objects.
   * @throws KubernetesError when it may not be read, or the server is away.
   */
  async isKnown(collection: Collection): Promise<boolean> {
    const list = this.#follow(collection);
    if (list.current) return true;
    const query = { labelSelector: collection.labelSelector, limit: '1' };
    try {
      await this.#options.api.request({
        ...{ method: 'GET', path: this.#path(collection), query, signal: this.#signal },
      });
      return list.current;
    } catch (error) {
      if (error instanceof KubernetesError && error.status === 404) return true;
      throw error;
    }
  }

  /** An object of a collection; undefined: it is not there. */
  get(collection: Collection, namespace: string, name: string): Stored | undefined {
    const listed = this.#follow(collection).get(`${namespace}/${name}`);
    const written = this.#written.get(refKey(collection.type, namespace, name));
    if (written === undefined) return listed;
    return written.stored ?? (listed?.metadata.uid === written.uid ? undefined : listed);
  }

  /** The objects of a collection that are in a namespace; undefined: in all. */
  list(collection: Collection, namespace?: string): readonly Stored[] {
    const found = new Map<string, Stored>();
    const add = (stored: Stored): void => {
      if (namespace === undefined || stored.metadata.namespace === namespace)
        found.set(keyOf(stored.metadata), stored);
    };
    this.#follow(collection).values().forEach(add);
    const ofType = refKey(collection.type, '', '').replace(/\/\/$/, '/');
    for (const [key, { uid, stored }] of this.#written) {
      if (!key.startsWith(ofType)) continue;
      if (stored !== undefined) add(stored);
      else if (found.get(key.slice(ofType.length))?.metadata.uid === uid)
        found.delete(key.slice(ofType.length));
    }
    return [...found.values()];
  }

  /** Takes over what the server answered to a write, unless the watch was faster and has brought it, or what came after it. */
  wrote(type: ObjectType, json: unknown): Stored {
    const stored = readStored(json);
    const { namespace, name, uid } = stored.metadata;
    const key = refKey(type, namespace, name);
    if (this.#isPast(key, stored)) this.#written.delete(key);
    else this.#written.set(key, { uid, stored });
    return stored;
  }

  /** Takes over that an object is gone. */
  removed(ref: ObjectRef, uid: string): void {
    const key = refKey(ref, ref.namespace, ref.name);
    if (this.#gone.has(uid)) this.#written.delete(key);
    else this.#written.set(key, { uid });
  }

  /** Nothing more will come from the watch about this state of an object: it, a later one, or its end was seen. */
  #isPast(key: string, { metadata }: Stored): boolean {
    if (this.#gone.has(metadata.uid)) return true;
    return [...this.#lists.values()].some(({ type, list }) => {
      if (refKey(type, metadata.namespace, metadata.name) !== key) return false;
      const listed = list.get(keyOf(metadata));
      return listed?.metadata.uid === metadata.uid && !isOlder(listed.metadata, metadata);
    });
  }

  /** Waits for the watches to end, after the signal was aborted. */
  async ended(): Promise<void> {
    await Promise.all([...this.#lists.values()].map(({ list }) => list.ended()));
  }

  #path({ type, namespace }: Collection): string {
    const isOfCluster = type.kind.startsWith('Cluster');
    return collectionPath(type, isOfCluster ? undefined : (namespace ?? this.#options.namespace));
  }

  #follow(collection: Collection): WatchedList<Stored> {
    const { type, labelSelector } = collection;
    const path = this.#path(collection);
    const id = `${path}?${labelSelector}`;
    const known = this.#lists.get(id);
    if (known !== undefined) return known.list;
    const { api, log, onUnwatched } = this.#options;
    const tell = [ROLLOUTS, EXPERIMENTS].includes(type) ? onUnwatched : undefined;
    const list = new WatchedList<Stored>({
      ...{ api, path, labelSelector, read: readStored, isWanted: () => true },
      keyOf: ({ metadata }) => keyOf(metadata),
      onListed: () => {
        tell?.(type.kind, undefined);
        for (const listener of this.#listeners) listener.onListed();
      },
      onChange: (stored, gone) => {
        this.#caughtUp(type, stored, gone);
        for (const listener of this.#listeners) listener.onChange(type, stored);
      },
      onTrouble: (error) => {
        const reason = tellUnwatched(log, type, error, path);
        tell?.(type.kind, reason);
      },
    });
    this.#lists.set(id, { type, list });
    list.start(this.#signal);
    return list;
  }

  /** The watch has come to what was written, or past it. */
  #caughtUp(type: ObjectType, { metadata }: Stored, gone: boolean): void {
    if (gone) this.#remember(metadata.uid);
    // It had lost the label that is asked for, and has it again.
    else this.#gone.delete(metadata.uid);
    const key = refKey(type, metadata.namespace, metadata.name);
    const written = this.#written.get(key);
    if (written === undefined) return;
    const isSame = written.uid === metadata.uid;
    const isPast =
      written.stored === undefined
        ? gone || !isSame
        : gone
          ? isSame
          : !isOlder(metadata, written.stored.metadata);
    if (isPast) this.#written.delete(key);
  }

  #remember(uid: string): void {
    this.#gone.add(uid);
    const [oldest] = this.#gone;
    if (this.#gone.size > MOST_GONE && oldest !== undefined) this.#gone.delete(oldest);
  }
}

/** Who wrote which field is nothing that a decision is made from, and large. */
function readStored(json: unknown): Stored {
  const object = fields(json);
  const { managedFields: _managedFields, ...metadata } = fields(object['metadata']);
  return { metadata: readMeta(metadata), json: { ...object, metadata } };
}

/** Kind and name of the owner that manages an object; undefined: nobody does. */
export function controllerOf(json: Json): { readonly kind: string; readonly name: string } | undefined {
  const owners = fields(json['metadata'])['ownerReferences'];
  const owner = (Array.isArray(owners) ? owners.map(fields) : []).find(
    ({ controller }) => controller === true,
  );
  return owner === undefined ? undefined : { kind: text(owner['kind']), name: text(owner['name']) };
}
