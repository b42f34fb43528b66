import {
  fields,
  type KubernetesApi,
  readMeta,
  WatchedList,
} from '../../../service/providers/kubernetes/index.js';

/** When objects of a collection are seen in a state, on the clock of `performance`. */
export interface StateWatch {
  /**
   * When an object is next seen in a state: to be asked before it can be in it.
   * Rejects with the last state of that object when it is not within two minutes.
   */
  next(name: string, state: string): Promise<number>;
  /** When any object was last seen to change; before that, when the watch began. */
  lastChange(): number;
}

const DEADLINE_MS = 120_000;

/** What an object is known by, and the state it is in. */
export interface Seen {
  /** Its own name, or that of the object that it belongs to. */
  readonly name: string;
  readonly state: string;
}

/** Watches the objects of a path until `signal` is aborted. */
export function watchStates(
  api: KubernetesApi,
  path: string,
  read: (json: unknown) => Seen,
  signal: AbortSignal,
): StateWatch {
  const waiting = new Map<string, (at: number) => void>();
  const last = new Map<string, string>();
  let lastChange = performance.now();
  // The server ends a watch that is read too slowly: then a new list tells what was missed.
  new WatchedList({
    ...{ api, path, labelSelector: '' },
    read: (json) => ({ metadata: readMeta(fields(json)['metadata']), seen: read(json) }),
    keyOf: ({ metadata: { namespace, name } }) => `${namespace}/${name}`,
    onChange({ seen: { name, state } }, gone) {
      lastChange = performance.now();
      if (gone) return;
      last.set(name, state);
      const key = `${name} ${state}`;
      waiting.get(key)?.(lastChange);
      waiting.delete(key);
    },
    onTrouble(error) {
      process.stderr.write(`the watch of ${path}: ${String(error)}\n`);
    },
    isWanted: () => true,
  }).start(signal);
  return {
    next: (name, state) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          const instead = last.get(name) ?? 'not there';
          reject(new Error(`${path}: ${name} is not ${state} within ${DEADLINE_MS} ms; it is ${instead}`));
        }, DEADLINE_MS).unref();
        waiting.set(`${name} ${state}`, (at) => {
          clearTimeout(timer);
          resolve(at);
        });
      }),
    lastChange: () => lastChange,
  };
}
