import {
  type Jobs,
  KubernetesError,
  type NewJob,
  readJob,
  readPod,
  type StoredJob,
  type StoredPod,
} from '../../service/providers/index.js';
import { isRecord, recordOf, textOf } from './judge.js';

/** Members of a JSON object. */
export type Fields = Readonly<Record<string, unknown>>;

const RUN_UID_LABEL = 'analysisrun.argoproj.io/uid';

/**
 * Jobs as the recording had them: a server that notes the calls, and a cache of Jobs and pods that costs none and may
 * be told other things than the server.
 */
export class RecordedJobs implements Jobs {
  readonly #server = new Map<string, Fields>();
  readonly #cache = new Map<string, Fields>();
  #pods: readonly StoredPod[] = [];
  #actions: Fields[] = [];
  readonly #refused: { create?: string; delete?: string } = {};

  /** Does what the recording did to the cluster before the next call. */
  prepare(name: string, op: Fields): void {
    if (name === 'addJob') this.#add(recordOf(op, 'job'));
    else if (name === 'setPods')
      this.#pods = (Array.isArray(op['pods']) ? op['pods'] : []).map((pod: unknown) => readPod(pod));
    else if (name === 'createError') this.#refused.create = textOf(op, 'error');
    else if (name === 'deleteError') this.#refused.delete = textOf(op, 'error');
    else if (name === 'dropFromLister') this.#cache.clear();
    else if (name === 'setJobStatus') this.#setStatus(op);
    else throw new TypeError(`${name}: unknown operation`);
  }

  /** The calls since the last time. */
  takeActions(): readonly unknown[] {
    const taken = this.#actions;
    this.#actions = [];
    return taken;
  }

  create(job: NewJob): Promise<void> {
    const { name, namespace } = job.metadata;
    const { apiVersion: _version, kind: _kind, ...object } = job;
    this.#actions.push({ verb: 'create', resource: 'jobs', name, namespace, object: withoutEmpty(object) });
    if (this.#refused.create !== undefined)
      return Promise.reject(new KubernetesError('unauthorized', this.#refused.create, 403));
    if (this.#server.has(`${namespace}/${name}`))
      return Promise.reject(new KubernetesError('badResponse', `jobs.batch "${name}" already exists`, 409));
    this.#add({ ...object });
    return Promise.resolve();
  }

  get(namespace: string, name: string): Promise<StoredJob | undefined> {
    this.#actions.push({ verb: 'get', resource: 'jobs', name, namespace });
    return Promise.resolve(stored(this.#server.get(`${namespace}/${name}`)));
  }

  find(namespace: string, name: string): Promise<StoredJob | undefined> {
    return Promise.resolve(stored(this.#cache.get(`${namespace}/${name}`)));
  }

  pods({ podLabels }: StoredJob): Promise<readonly StoredPod[]> {
    if (podLabels === undefined) return Promise.resolve([]);
    const wanted = Object.entries(podLabels);
    return Promise.resolve(
      this.#pods.filter(({ metadata }) => wanted.every(([label, value]) => metadata.labels[label] === value)),
    );
  }

  ofRun(namespace: string, runId: string): Promise<readonly StoredJob[]> {
    const jobs = [...this.#cache.values()].map(readJob);
    return Promise.resolve(
      jobs.filter(
        ({ metadata }) => metadata.namespace === namespace && metadata.labels[RUN_UID_LABEL] === runId,
      ),
    );
  }

  delete(namespace: string, name: string): Promise<void> {
    const propagationPolicy = 'Foreground';
    this.#actions.push({ verb: 'delete', resource: 'jobs', name, namespace, propagationPolicy });
    if (this.#refused.delete !== undefined)
      return Promise.reject(new KubernetesError('unauthorized', this.#refused.delete, 403));
    this.#server.delete(`${namespace}/${name}`);
    return Promise.resolve();
  }

  #add(job: Fields): void {
    const { namespace, name } = readJob(job).metadata;
    this.#server.set(`${namespace}/${name}`, job);
    this.#cache.set(`${namespace}/${name}`, job);
  }

  /** Of the last Job of the cache, the only one there is in a recording. */
  #setStatus({ status, selector }: Fields): void {
    const [id, job] = [...this.#cache].at(-1) ?? [];
    if (id === undefined || job === undefined) throw new TypeError('there is no Job to set the status of');
    const spec = isRecord(job['spec']) ? job['spec'] : {};
    this.#cache.set(id, {
      ...job,
      status,
      ...(selector === undefined ? {} : { spec: { ...spec, selector } }),
    });
  }
}

const stored = (job: Fields | undefined): StoredJob | undefined =>
  job === undefined ? undefined : readJob(job);

/** JSON without the objects that only stand for unset fields, as Go prints them (`status: {}`, `resources: {}`). */
export function withoutEmpty(json: unknown): unknown {
  if (Array.isArray(json)) return json.map(withoutEmpty);
  if (!isRecord(json)) return json;
  return Object.fromEntries(
    Object.entries(json)
      .map(([name, value]) => [name, withoutEmpty(value)] as const)
      .filter(([, value]) => !isRecord(value) || Object.keys(value).length > 0),
  );
}
