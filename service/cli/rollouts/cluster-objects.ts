import { fields, KubernetesError, readMeta, text } from '../../providers/kubernetes/index.js';
import type { KubernetesApi } from '../../providers/kubernetes/index.js';
import { isOwned } from './owned.js';
import type { RolloutObjects } from './rollout-tree.js';

const ARGO = '/apis/argoproj.io/v1alpha1';
const PAGE = '500';

/** Path of a collection of a namespace, or of the whole cluster. */
export const COLLECTIONS = {
  rollouts: (namespace?: string) => `${ARGO}${of(namespace)}/rollouts`,
  analysisRuns: (namespace?: string) => `${ARGO}${of(namespace)}/analysisruns`,
  experiments: (namespace?: string) => `${ARGO}${of(namespace)}/experiments`,
  replicaSets: (namespace?: string) => `/apis/apps/v1${of(namespace)}/replicasets`,
  deployments: (namespace?: string) => `/apis/apps/v1${of(namespace)}/deployments`,
  pods: (namespace?: string) => `/api/v1${of(namespace)}/pods`,
} as const;

const of = (namespace: string | undefined): string =>
  namespace === undefined ? '' : `/namespaces/${encodeURIComponent(namespace)}`;

/** All objects of a collection. @throws KubernetesError */
export async function listAll(
  api: KubernetesApi,
  path: string,
  signal: AbortSignal,
): Promise<readonly unknown[]> {
  const found: unknown[] = [];
  let next = '';
  do {
    const query = { limit: PAGE, ...(next === '' ? {} : { continue: next }) };
    const page = fields(await api.request({ method: 'GET', path, query, signal }));
    if (Array.isArray(page['items'])) found.push(...(page['items'] as readonly unknown[]));
    next = text(fields(page['metadata'])['continue']);
  } while (next !== '');
  return found;
}

/** Reads one object of a collection. @throws KubernetesError, of status 404 when there is none. */
export const readOne = (
  api: KubernetesApi,
  collection: string,
  name: string,
  signal: AbortSignal,
): Promise<unknown> =>
  api.request({ method: 'GET', path: `${collection}/${encodeURIComponent(name)}`, signal });

/** A Rollout and all that may belong to it. @throws KubernetesError */
export async function readRolloutObjects(
  api: KubernetesApi,
  namespace: string,
  name: string,
  signal: AbortSignal,
): Promise<RolloutObjects> {
  const rollout = await readOne(api, COLLECTIONS.rollouts(namespace), name, signal);
  const [replicaSets, pods, analysisRuns, experiments] = await Promise.all([
    listAll(api, COLLECTIONS.replicaSets(namespace), signal),
    listAll(api, COLLECTIONS.pods(namespace), signal),
    listAll(api, COLLECTIONS.analysisRuns(namespace), signal),
    listAll(api, COLLECTIONS.experiments(namespace), signal).catch(noneIfUnknown),
  ]);
  return { rollout, replicaSets, pods, analysisRuns, experiments };
}

/** A cluster without Experiments has none. */
function noneIfUnknown(error: unknown): readonly unknown[] {
  if (error instanceof KubernetesError && error.status === 404) return [];
  throw error;
}

/** ReplicaSets that a Rollout may go back to. @throws KubernetesError */
export async function readReplicaSets(
  api: KubernetesApi,
  namespace: string,
  rollout: unknown,
  signal: AbortSignal,
): Promise<readonly unknown[]> {
  const { uid } = readMeta(fields(rollout)['metadata']);
  const all = await listAll(api, COLLECTIONS.replicaSets(namespace), signal);
  return all.filter((each) => isOwned(each, uid));
}
