import { type Cluster, startCluster } from '../../cluster/cluster.js';
import { analysisRun, BLUE_GREEN, CANARY, pod, replicaSet, SERVING, WITHOUT_IMAGE } from './objects.js';

const ARGO = '/apis/argoproj.io/v1alpha1/namespaces/shop';
const SETS = '/apis/apps/v1/namespaces/shop/replicasets';
const PODS = '/api/v1/namespaces/shop/pods';
/** Path of the Rollouts of {@link startShop}. */
export const ROLLOUTS = `${ARGO}/rollouts`;

/** A real API server, and no controller, with the Rollouts `guestbook` (canary) and `cart` (blue/green) in `shop`. */
export async function startShop(): Promise<Cluster> {
  const cluster = await startCluster({ pods: false });
  try {
    await cluster.createNamespace('shop');
    // Nobody else makes it here, and pods are refused without.
    await cluster.call('POST', '/api/v1/namespaces/shop/serviceaccounts', { metadata: { name: 'default' } });
    await fill(cluster);
    return cluster;
  } catch (error) {
    await cluster.stop();
    throw error;
  }
}

/** An object as it is sent. */
interface Sent {
  readonly metadata: { readonly name: string };
  readonly status: unknown;
}

/** Creates an object and then writes its status, and answers its UID. */
async function store(cluster: Cluster, collection: string, object: Sent): Promise<string> {
  const { metadata } = (await cluster.call('POST', collection, object)) as { metadata: { uid: string } };
  await cluster.call('PATCH', `${collection}/${object.metadata.name}/status`, { status: object.status });
  return metadata.uid;
}

async function fill(cluster: Cluster): Promise<void> {
  const guestbook = await store(cluster, ROLLOUTS, CANARY);
  const cart = await store(cluster, ROLLOUTS, BLUE_GREEN);
  const set = (rollout: string, version: Parameters<typeof replicaSet>[1]): Promise<string> =>
    store(cluster, SETS, replicaSet(rollout, version));
  const one = await set(guestbook, {
    ...{ app: 'guestbook', hash: 'one', revision: 1, image: 'shop/app:1', replicas: 3, available: 2 },
    annotations: { 'scale-down-deadline': '2020-01-01T00:00:00Z' },
  });
  const two = await set(guestbook, {
    ...{ app: 'guestbook', hash: 'two', revision: 2, image: 'shop/app:2', replicas: 1, available: 1 },
  });
  const version = { app: 'cart', replicas: 1, available: 1 };
  await set(cart, { ...version, hash: 'blue', revision: 1, image: 'shop/cart:1' });
  await set(cart, { ...version, hash: 'green', revision: 2, image: 'shop/cart:2' });
  await store(cluster, PODS, pod('guestbook-one-a', 'guestbook-one', one, SERVING(2)));
  await store(cluster, PODS, pod('guestbook-two-a', 'guestbook-two', two, WITHOUT_IMAGE));
  await store(cluster, `${ARGO}/analysisruns`, analysisRun(guestbook, '2026-01-01T00:00:00Z'));
}
