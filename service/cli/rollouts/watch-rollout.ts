import { setTimeout as delay } from 'node:timers/promises';
import {
  type KubernetesApi,
  KubernetesError,
  type ObjectMeta,
  readMeta,
  WatchedList,
} from '../../providers/kubernetes/index.js';
import { COLLECTIONS, readRolloutObjects } from './cluster-objects.js';
import { at } from './json.js';
import type { RolloutObjects } from './rollout-tree.js';

/** Least time between two views: a terminal that is drawn more often than five times a second flickers. */
export const LEAST_PAUSE_MS = 200;
/** Longest time between two views: ages go on. */
const MOST_PAUSE_MS = 1_000;

/** An object as it is stored. */
interface Stored {
  readonly metadata: ObjectMeta;
  readonly json: unknown;
}

/** A Rollout to watch. */
export interface WatchTarget {
  readonly api: KubernetesApi;
  readonly namespace: string;
  readonly name: string;
  /** Ends the watch. */
  readonly signal: AbortSignal;
  /** Told when the cluster can not be followed; views stay as they were until it can. */
  readonly onTrouble: (error: unknown) => void;
}

/**
 * The Rollout and what belongs to it, as it is now and then after changes: at most five times a second, and once a second
 * without a change. Ends with the signal, and when the Rollout is gone.
 * @throws KubernetesError when it can not be read at first.
 */
export async function* watchRollout(target: WatchTarget): AsyncGenerator<RolloutObjects> {
  const { api, namespace, name, signal } = target;
  yield await readRolloutObjects(api, namespace, name, signal);
  const stopping = new AbortController();
  const waker = new Waker();
  const follow = (path: string): WatchedList<Stored> => {
    const watched = new WatchedList<Stored>({
      ...{ api, path, labelSelector: '', isWanted: () => !stopping.signal.aborted },
      read: (json) => ({ metadata: readMeta(at(json, 'metadata')), json }),
      onChange: () => {
        waker.wake();
      },
      onTrouble: (error) => {
        // A cluster without this kind of object has none.
        if (!(error instanceof KubernetesError && error.status === 404)) target.onTrouble(error);
      },
    });
    watched.start(stopping.signal);
    return watched;
  };
  const stop = (): void => {
    stopping.abort();
    waker.wake();
  };
  signal.addEventListener('abort', stop, { once: true });
  const lists = {
    rollouts: follow(COLLECTIONS.rollouts(namespace)),
    replicaSets: follow(COLLECTIONS.replicaSets(namespace)),
    pods: follow(COLLECTIONS.pods(namespace)),
    analysisRuns: follow(COLLECTIONS.analysisRuns(namespace)),
    experiments: follow(COLLECTIONS.experiments(namespace)),
  };
  const { experiments, ...needed } = lists;
  const jsons = (watched: WatchedList<Stored>): readonly unknown[] =>
    watched.values().map(({ json }) => json);
  try {
    while (!signal.aborted) {
      await waker.next(MOST_PAUSE_MS);
      if (isAborted(signal)) return;
      // A list that does not follow would show that things are gone which are not. A cluster may have no Experiments.
      if (Object.values(needed).every(({ current }) => current)) {
        const rollout = lists.rollouts.get(name)?.json;
        if (rollout === undefined) return;
        yield {
          rollout,
          replicaSets: jsons(lists.replicaSets),
          pods: jsons(lists.pods),
          analysisRuns: jsons(lists.analysisRuns),
          experiments: jsons(experiments),
        };
      }
      // Aborted: the loop ends.
      await delay(LEAST_PAUSE_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  } finally {
    signal.removeEventListener('abort', stop);
    stopping.abort();
    await Promise.all(Object.values(lists).map((watched) => watched.ended()));
  }
}

/** Asked again after an await, which the compiler does not see. */
const isAborted = (signal: AbortSignal): boolean => signal.aborted;

/** Lets one wait until it is woken; a call before the wait counts. */
class Waker {
  #woken = false;
  #resolve: (() => void) | undefined;

  wake(): void {
    this.#woken = true;
    this.#resolve?.();
  }

  /** Resolves when it was woken since the last time, or after `ms`. */
  async next(ms: number): Promise<void> {
    if (!this.#woken)
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms);
        this.#resolve = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    this.#resolve = undefined;
    this.#woken = false;
  }
}
