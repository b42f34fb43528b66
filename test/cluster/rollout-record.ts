import type { Rollout, RolloutStatus } from '../../schemas/index.js';
import {
  createKubernetesApi,
  fields,
  type ObjectMeta,
  readMeta,
  WatchedList,
} from '../../service/providers/kubernetes/index.js';

/** All states that a Rollout has been in since the record began, as a watch of the API server tells them. */
export interface RolloutRecord {
  readonly statuses: readonly RolloutStatus[];
  /** Indices of steps in the order in which they were reached. */
  steps(): readonly number[];
  /** @throws Error when the watch was interrupted: states may be missing. */
  end(): Promise<void>;
}

/** Records a Rollout; resolves once nothing that happens from now on is missed. */
export async function recordRollout(
  kubeconfig: string,
  namespace: string,
  name: string,
  onStatus: (status: RolloutStatus) => void = () => undefined,
): Promise<RolloutRecord> {
  const api = createKubernetesApi({ kind: 'kubeconfig', path: kubeconfig });
  const over = new AbortController();
  const statuses: RolloutStatus[] = [];
  const troubles: unknown[] = [];
  let list: WatchedList<{ readonly metadata: ObjectMeta; readonly status: RolloutStatus }> | undefined;
  await new Promise<void>((resolve, reject) => {
    list = new WatchedList({
      ...{ api, labelSelector: '', isWanted: () => true, onListed: resolve },
      path: `/apis/argoproj.io/v1alpha1/namespaces/${namespace}/rollouts`,
      read: (json) => ({
        metadata: readMeta(fields(json)['metadata']),
        status: (json as Rollout).status ?? {},
      }),
      onChange: ({ metadata, status }) => {
        if (metadata.name !== name) return;
        statuses.push(status);
        onStatus(status);
      },
      onTrouble: (error) => {
        troubles.push(error);
        reject(new Error(`Rollouts of ${namespace} can not be watched`, { cause: error }));
      },
    });
    list.start(over.signal);
  });
  return {
    statuses,
    steps: () =>
      statuses
        .map(({ currentStepIndex }) => currentStepIndex)
        .filter((index) => index !== undefined)
        .filter((index, at, all) => index !== all[at - 1]),
    async end() {
      over.abort();
      await list?.ended();
      api.close();
      if (troubles.length > 0)
        throw new Error('the record of a Rollout is not complete', { cause: troubles[0] });
    },
  };
}
