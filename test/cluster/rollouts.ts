import type { Rollout, RolloutStatus } from '../../schemas/index.js';
import { eventually } from '../support/eventually.js';
import type { Cluster } from './cluster.js';

type CanaryStrategy = NonNullable<NonNullable<Rollout['spec']['strategy']>['canary']>;
type Strategy = NonNullable<Rollout['spec']['strategy']>;

/** What tests do with the Rollouts of a namespace, as people and `kubectl argo rollouts` do it. */
export interface Rollouts {
  create(rollout: unknown): Promise<void>;
  /** Merge patch of the spec and metadata. */
  patch(name: string, patch: unknown): Promise<void>;
  patchStatus(name: string, status: unknown): Promise<void>;
  setImage(name: string, image: string): Promise<void>;
  /** Goes on after a pause. */
  promote(name: string): Promise<void>;
  read(name: string): Promise<Rollout>;
  /** The status once the controller has seen the spec and it is so. */
  until(
    name: string,
    what: string,
    isSo: (status: RolloutStatus) => boolean,
    deadlineMs?: number,
  ): Promise<RolloutStatus>;
  /** Pods wanted of each ReplicaSet, by its revision. */
  sizes(name: string): Promise<Readonly<Record<string, number>>>;
  untilSizes(name: string, sizes: Readonly<Record<string, number>>): Promise<void>;
}

interface ReplicaSetObject {
  readonly metadata: {
    readonly annotations?: Readonly<Record<string, string>>;
    readonly ownerReferences?: readonly { readonly name: string }[];
  };
  readonly spec: { readonly replicas: number };
}

/** The Rollouts of a namespace. */
export function rolloutsOf(cluster: Cluster, namespace: string): Rollouts {
  const path = (name = ''): string =>
    `/apis/argoproj.io/v1alpha1/namespaces/${namespace}/rollouts${name === '' ? '' : `/${name}`}`;
  const read = async (name: string): Promise<Rollout> => (await cluster.call('GET', path(name))) as Rollout;
  const patch = async (name: string, body: unknown): Promise<void> => {
    await cluster.call('PATCH', path(name), body);
  };
  const patchStatus = async (name: string, status: unknown): Promise<void> => {
    await cluster.call('PATCH', `${path(name)}/status`, { status });
  };
  const sizes = async (name: string): Promise<Readonly<Record<string, number>>> => {
    const answer = await cluster.call('GET', `/apis/apps/v1/namespaces/${namespace}/replicasets`);
    const { items } = answer as { items: readonly ReplicaSetObject[] };
    return Object.fromEntries(
      items
        .filter(({ metadata }) => metadata.ownerReferences?.some((owner) => owner.name === name))
        .map(({ metadata, spec }) => [
          metadata.annotations?.['rollout.argoproj.io/revision'] ?? '',
          spec.replicas,
        ]),
    );
  };
  return {
    ...{ read, patch, patchStatus, sizes },
    async create(rollout) {
      await cluster.call('POST', path(), rollout);
    },
    setImage: (name, image) => patch(name, { spec: { template: templateOf(name, image) } }),
    promote: (name) => patchStatus(name, { pauseConditions: null }),
    until: (name, what, isSo, deadlineMs) =>
      eventually(
        `${name}: ${what}`,
        async () => {
          const { metadata, status = {} } = await read(name);
          const isSeen = status.observedGeneration === String(metadata?.generation ?? 0);
          if (isSeen && isSo(status)) return status;
          throw new Error(JSON.stringify(status));
        },
        deadlineMs,
      ),
    async untilSizes(name, wanted) {
      await eventually(`${name} has ${JSON.stringify(wanted)}`, async () => {
        const found = await sizes(name);
        if (JSON.stringify(Object.entries(found).sort()) === JSON.stringify(Object.entries(wanted).sort()))
          return true;
        throw new Error(JSON.stringify(found));
      });
    },
  };
}

const templateOf = (name: string, image: string): unknown => ({
  metadata: { labels: { app: name } },
  spec: { containers: [{ name: 'app', image }] },
});

/** A Rollout of the image `app:1`. */
export const rolloutOf = (name: string, replicas: number, strategy: Strategy): unknown => ({
  ...{ apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout', metadata: { name } },
  spec: {
    ...{ replicas, selector: { matchLabels: { app: name } }, template: templateOf(name, 'app:1') },
    ...{ strategy, revisionHistoryLimit: 5 },
  },
});

/** A canary of the image `app:1`. */
export const canaryOf = (
  name: string,
  { replicas, ...canary }: CanaryStrategy & { readonly replicas: number },
): unknown => rolloutOf(name, replicas, { canary });
