import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type { ServingAssay } from '../../service/cli/index.js';
import type { RunningController } from '../../service/controller/index.js';
import { eventually } from '../support/eventually.js';
import { type Cluster, startCluster, startControllerOf, startService } from './cluster.js';
import { rolloutOf, type Rollouts, rolloutsOf } from './rollouts.js';

/** Services that a Rollout names no longer, or whose Rollout is gone. */

const HASH = 'rollouts-pod-template-hash';
const MANAGED_BY = 'argo-rollouts.argoproj.io/managed-by-rollouts';

let cluster: Cluster;
let service: ServingAssay;
let rollouts: Rollouts;
const controllers: RunningController[] = [];
let namespace = '';
let namespaces = 0;

beforeAll(async () => {
  cluster = await startCluster({ pods: true });
  service = await startService();
}, 120_000);
afterAll(async () => {
  await service.close();
  await cluster.stop();
});
beforeEach(async () => {
  namespace = `left-${++namespaces}`;
  await cluster.createNamespace(namespace);
  rollouts = rolloutsOf(cluster, namespace);
});
afterEach(async () => {
  for (const controller of controllers.splice(0)) await controller.stop();
});

const begin = async (): Promise<void> => {
  controllers.push(await startControllerOf(cluster, service.url, { namespace }));
};
const path = (name = ''): string =>
  `/api/v1/namespaces/${namespace}/services${name === '' ? '' : `/${name}`}`;

async function createService(name: string, managedBy?: string): Promise<void> {
  const managed = managedBy === undefined ? {} : { annotations: { [MANAGED_BY]: managedBy } };
  const selector = { app: 'shop', ...(managedBy === undefined ? {} : { [HASH]: 'abc' }) };
  await cluster.call('POST', path(), {
    metadata: { name, ...managed },
    spec: { ports: [{ port: 80 }], selector },
  });
}

interface ServiceObject {
  readonly metadata: { readonly annotations?: Readonly<Record<string, string>> };
  readonly spec: { readonly selector: Readonly<Record<string, string>> };
}
const read = async (name: string): Promise<ServiceObject> =>
  (await cluster.call('GET', path(name))) as ServiceObject;

const isManaged = (name: string, expected: boolean): Promise<true> =>
  eventually(`${name} is managed: ${expected}`, async () => {
    const { metadata, spec } = await read(name);
    const seen = [spec.selector[HASH] !== undefined, metadata.annotations?.[MANAGED_BY] !== undefined];
    return seen.every((each) => each === expected) ? true : undefined;
  });

const ofService = (name: string): unknown => rolloutOf('shop', 1, { blueGreen: { activeService: name } });

it('is given back when the Rollout takes another one, or another strategy', async () => {
  await createService('first');
  await createService('second');
  await begin();
  await rollouts.create(ofService('first'));
  await isManaged('first', true);
  await rollouts.patch('shop', { spec: { strategy: { blueGreen: { activeService: 'second' } } } });
  await isManaged('first', false);
  await isManaged('second', true);
  await rollouts.patch('shop', { spec: { strategy: { blueGreen: null, canary: {} } } });
  await isManaged('second', false);
  expect((await read('second')).spec.selector).toEqual({ app: 'shop' });
});

it('is given back when its Rollout is gone, also when nobody looked', async () => {
  await createService('orphan', 'gone');
  await createService('active');
  await begin();
  await isManaged('orphan', false);
  await rollouts.create(ofService('active'));
  await isManaged('active', true);
  await cluster.call('DELETE', `/apis/argoproj.io/v1alpha1/namespaces/${namespace}/rollouts/shop`);
  await isManaged('active', false);
});

it('stays with the Rollout of another controller', async () => {
  await createService('theirs', 'shop');
  const label = { 'argo-rollouts.argoproj.io/controller-instance-id': 'other' };
  const theirs = ofService('theirs') as { metadata: object };
  await rollouts.create({ ...theirs, metadata: { ...theirs.metadata, labels: label } });
  await createService('orphan', 'gone');
  await begin();
  // Both are looked at at once, in this order or the other.
  await isManaged('orphan', false);
  await createService('later', 'gone');
  await isManaged('later', false);
  await isManaged('theirs', true);
});
