import { type KubernetesApi, readMeta, WatchedList } from '../../../service/providers/kubernetes/index.js';

/** When AnalysisRuns were first seen, and seen with a verdict, on the clock of `performance`. */
export interface RunWatch {
  created(name: string): Promise<number>;
  completed(name: string): Promise<number>;
}

type What = keyof RunWatch;

/** Watches the AnalysisRuns of a path. A run that is not Successful in the end ends the process: figures would say nothing. */
export function watchRuns(api: KubernetesApi, path: string, signal: AbortSignal): RunWatch {
  const times = { created: new Map<string, number>(), completed: new Map<string, number>() };
  const waiting = {
    created: new Map<string, (at: number) => void>(),
    completed: new Map<string, (at: number) => void>(),
  };
  const note = (what: What, name: string): void => {
    if (times[what].has(name)) return;
    const at = performance.now();
    times[what].set(name, at);
    waiting[what].get(name)?.(at);
    waiting[what].delete(name);
  };
  // The server ends a watch that is read too slowly: then a new list tells what was missed.
  new WatchedList({
    ...{ api, path, labelSelector: '' },
    read: (json) => {
      const { metadata, status } = json as { metadata: unknown; status?: { phase?: string } };
      return { metadata: readMeta(metadata), phase: status?.phase ?? '' };
    },
    onChange({ metadata: { name }, phase }, gone) {
      if (gone) return;
      note('created', name);
      if (phase === 'Successful') note('completed', name);
      else if (phase !== '' && phase !== 'Running') throw new Error(`${name} is ${phase}`);
    },
    onTrouble(error) {
      process.stderr.write(`the watch of the bench: ${String(error)}\n`);
    },
    isWanted: () => true,
  }).start(signal);
  const at = (what: What, name: string): Promise<number> => {
    const known = times[what].get(name);
    if (known !== undefined) return Promise.resolve(known);
    return new Promise((resolve) => waiting[what].set(name, resolve));
  };
  return { created: (name) => at('created', name), completed: (name) => at('completed', name) };
}
