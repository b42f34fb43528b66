import { setMaxListeners } from 'node:events';
import type { Clock, Log } from '../../platform/index.js';
import { METRIC_NAME_ANNOTATION, RUN_UID_LABEL } from '../job/job-names.js';
import { endOf, imageFaults } from '../job/job-outcome.js';
import type { Jobs } from './jobs.js';
import type { KubernetesApi } from './kubernetes-api.js';
import { KubernetesError } from './kubernetes-error.js';
import { type StoredJob, type StoredPod, fields, readJob, readPod } from './objects.js';
import { WatchedList } from './watched-list.js';

/** Told that a Job has something to tell: the run and the metric that it belongs to. */
export type OnJobNews = (runId: string, metric: string) => void;

/** Jobs that are watched. */
export interface ClusterJobs extends Jobs {
  /** From now on tells of Jobs that ended, are gone or can not get their image. One listener; it must not throw. */
  listen(onNews: OnJobNews): void;
  /** Ends the watches. */
  close(): Promise<void>;
}

/** What the use of a cluster needs besides. */
export interface ClusterDeps {
  readonly clock: Clock;
  readonly log: Log;
}

/** A namespace in which nothing was asked for so long is not watched any more, ms. */
const IDLE_MS = 15 * 60_000;
/**
 * News are told again after these times, ms, unless the Job was read in between: whoever listens may not have stored
 * yet that it waits for the Job.
 */
const TELL_AGAIN_MS = [0, 1_000, 4_000];

/**
 * The Jobs of a cluster. Each namespace with Jobs of runs is watched, its pods too, from the first use on; without a watch
 * that is up to date, the API server is asked.
 */
export function createClusterJobs(api: KubernetesApi, deps: ClusterDeps): ClusterJobs {
  const closing = new AbortController();
  // Every watch listens; Node would take more than ten for a leak.
  setMaxListeners(0, closing.signal);
  const watches = new Map<string, NamespaceWatch>();
  let tell: OnJobNews = () => undefined;

  const watchOf = (namespace: string): NamespaceWatch => {
    const known = watches.get(namespace);
    const watch =
      known ??
      new NamespaceWatch(api, namespace, deps, (run, metric) => {
        tell(run, metric);
      });
    watches.set(namespace, watch);
    watch.use(closing.signal);
    return watch;
  };
  const get = async (
    namespace: string,
    name: string,
    signal: AbortSignal,
  ): Promise<StoredJob | undefined> => {
    try {
      return readJob(await api.request({ method: 'GET', path: jobPath(namespace, name), signal }));
    } catch (error) {
      if (error instanceof KubernetesError && error.status === 404) return undefined;
      throw error;
    }
  };

  return {
    listen(onNews) {
      tell = onNews;
    },
    async close() {
      closing.abort();
      await Promise.all([...watches.values()].map((watch) => watch.ended()));
    },
    async create(job, signal) {
      const { namespace } = job.metadata;
      watchOf(namespace);
      await api.request({ method: 'POST', path: jobPath(namespace), body: job, signal });
    },
    get,
    async find(namespace, name, signal) {
      // What the watch does not have may have been created a moment ago.
      return watchOf(namespace).job(name) ?? (await get(namespace, name, signal));
    },
    async pods({ metadata: { namespace }, podLabels }, signal) {
      if (podLabels === undefined) return [];
      const known = watchOf(namespace).pods();
      if (known !== undefined) return known.filter((pod) => hasLabels(pod, podLabels));
      const labelSelector = Object.entries(podLabels)
        .map(([name, value]) => `${name}=${value}`)
        .join(',');
      return await listed(api, podsPath(namespace), labelSelector, signal, readPod);
    },
    ofRun: (namespace, runId, signal) =>
      listed(api, jobPath(namespace), `${RUN_UID_LABEL}=${runId}`, signal, readJob),
    async delete(namespace, name, signal) {
      const query = { propagationPolicy: 'Foreground' };
      try {
        await api.request({ method: 'DELETE', path: jobPath(namespace, name), query, signal });
      } catch (error) {
        if (!(error instanceof KubernetesError && error.status === 404)) throw error;
      }
    },
  };
}

/** Jobs of runs in one namespace and their pods, and the telling of their news. */
class NamespaceWatch {
  readonly #jobs: WatchedList<StoredJob>;
  readonly #pods: WatchedList<StoredPod>;
  readonly #clock: Clock;
  readonly #tell: OnJobNews;
  /** Jobs whose news were told and that were not read since. */
  readonly #untold = new Map<string, NodeJS.Timeout>();
  #usedAtMs = 0;

  constructor(api: KubernetesApi, namespace: string, { clock, log }: ClusterDeps, tell: OnJobNews) {
    const isWanted = (): boolean => clock.nowMs() - this.#usedAtMs < IDLE_MS;
    const onTrouble = (error: unknown): void => {
      // Jobs are asked for then, which is later.
      log.warn({ err: error, namespace }, 'a watch of Jobs or their pods is down');
    };
    const common = { api, labelSelector: RUN_UID_LABEL, isWanted, onTrouble };
    this.#clock = clock;
    this.#tell = tell;
    this.#jobs = new WatchedList({
      ...common,
      path: jobPath(namespace),
      read: readJob,
      onChange: (job, gone) => {
        if (gone || endOf(job) !== undefined) this.#news(job);
      },
    });
    this.#pods = new WatchedList({
      ...common,
      path: podsPath(namespace),
      read: readPod,
      onChange: (pod, gone) => {
        if (gone || imageFaults(pod).length === 0) return;
        const owner = this.#jobs.values().find(({ metadata }) => metadata.uid === pod.metadata.controllerUid);
        if (owner !== undefined) this.#news(owner);
      },
    });
  }

  /** Notes that the namespace is of use, and watches it. */
  use(signal: AbortSignal): void {
    this.#usedAtMs = this.#clock.nowMs();
    this.#jobs.start(signal);
    this.#pods.start(signal);
  }

  /** The Job, if the watch is up to date and has it. */
  job(name: string): StoredJob | undefined {
    this.#heard(name);
    return this.#jobs.current ? this.#jobs.get(name) : undefined;
  }

  /** The pods; undefined: the watch is not up to date. */
  pods(): readonly StoredPod[] | undefined {
    return this.#pods.current ? this.#pods.values() : undefined;
  }

  async ended(): Promise<void> {
    for (const name of [...this.#untold.keys()]) this.#heard(name);
    await Promise.all([this.#jobs.ended(), this.#pods.ended()]);
  }

  #heard(name: string): void {
    clearTimeout(this.#untold.get(name));
    this.#untold.delete(name);
  }

  #news({ metadata: { name, labels, annotations } }: StoredJob): void {
    const run = labels[RUN_UID_LABEL];
    const metric = annotations[METRIC_NAME_ANNOTATION];
    if (run === undefined || metric === undefined || this.#untold.has(name)) return;
    const tellAfter = ([pauseMs, ...later]: readonly number[]): void => {
      if (pauseMs === undefined) {
        this.#untold.delete(name);
        return;
      }
      const timer = setTimeout(() => {
        tellAfter(later);
        this.#tell(run, metric);
      }, pauseMs);
      this.#untold.set(name, timer.unref());
    };
    tellAfter(TELL_AGAIN_MS);
  }
}

async function listed<Item>(
  api: KubernetesApi,
  path: string,
  labelSelector: string,
  signal: AbortSignal,
  read: (json: unknown) => Item,
): Promise<readonly Item[]> {
  const { items } = fields(await api.request({ method: 'GET', path, query: { labelSelector }, signal }));
  return Array.isArray(items) ? items.map(read) : [];
}

const hasLabels = ({ metadata }: StoredPod, wanted: Readonly<Record<string, string>>): boolean =>
  Object.entries(wanted).every(([name, value]) => metadata.labels[name] === value);

function jobPath(namespace: string, name?: string): string {
  const jobs = `/apis/batch/v1/namespaces/${encodeURIComponent(namespace)}/jobs`;
  return name === undefined ? jobs : `${jobs}/${encodeURIComponent(name)}`;
}

const podsPath = (namespace: string): string => `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods`;
