import { afterEach, describe, expect, it } from 'vitest';
import { leadWhenElected } from '../../service/controller/leader.js';
import { type KubernetesApi, KubernetesError } from '../../service/providers/kubernetes/index.js';
import { FakeTime } from '../engine/fake-time.js';
import { keptLog } from './kept-log.js';

type Json = Record<string, unknown>;

let end: () => Promise<void> = () => Promise.resolve();
afterEach(() => end());

/** A replica, and a Lease on an API server that fails when `cluster.failure` is set. */
function begin(lease?: Json) {
  const cluster: { failure?: KubernetesError; lease?: Json } = lease === undefined ? {} : { lease };
  let version = 0;
  const request: KubernetesApi['request'] = ({ method, body }) => {
    if (cluster.failure !== undefined) return Promise.reject(cluster.failure);
    if (method === 'GET' && cluster.lease === undefined)
      return Promise.reject(new KubernetesError('badResponse', 'leases "assay-controller" not found', 404));
    if (method !== 'GET')
      cluster.lease = { ...(body as Json), metadata: { resourceVersion: String(++version) } };
    return Promise.resolve(cluster.lease);
  };
  const time = new FakeTime();
  const { log, entries } = keptLog();
  const over = new AbortController();
  const troubles: (string | undefined)[] = [];
  let isLeading = false;
  const ended = leadWhenElected(
    {
      api: { request, lines: () => ({ [Symbol.asyncIterator]: () => never }), close: () => undefined },
      ...{ namespace: 'delivery', name: 'assay-controller', identity: 'me', clock: time, timers: time, log },
      elapsed: () => time.nowMs(),
      onTrouble: (reason) => {
        if (troubles.length === 0 || troubles.at(-1) !== reason) troubles.push(reason);
      },
    },
    async (signal) => {
      isLeading = true;
      await new Promise((resolve) => {
        signal.addEventListener('abort', resolve);
      });
      isLeading = false;
    },
    over.signal,
  );
  end = async () => {
    over.abort();
    await time.advance(0);
    await ended;
  };
  return { cluster, time, entries, troubles, isLeading: () => isLeading };
}
const never: AsyncIterator<unknown> = { next: () => new Promise(() => undefined) };

const noNamespace = new KubernetesError('badResponse', 'namespaces "delivery" not found', 404);

describe('a replica that can not have its lease', () => {
  it('says which one, why and what to do, again every minute, and leads once it can', async () => {
    const { cluster, time, entries, troubles, isLeading } = begin();
    cluster.failure = noNamespace;
    await time.advance(30_000);
    expect(entries).toEqual([
      expect.objectContaining({
        ...{ level: 'warn', lease: 'delivery/assay-controller' },
        err: expect.objectContaining({ message: 'namespaces "delivery" not found' }) as unknown,
        msg: expect.stringMatching(/POD_NAMESPACE .* --no-leader-elect/) as unknown,
      }),
    ]);
    expect(troubles).toEqual(['namespaces "delivery" not found']);
    await time.advance(60_000);
    expect(entries).toHaveLength(2);
    delete cluster.failure;
    await time.advance(3_000);
    expect(isLeading()).toBe(true);
    expect(troubles).toEqual(['namespaces "delivery" not found', undefined]);
  });

  it('has trouble also while it leads', async () => {
    const { cluster, time, troubles, isLeading } = begin();
    await time.advance(3_000);
    expect([isLeading(), troubles]).toEqual([true, [undefined]]);
    cluster.failure = new KubernetesError('unreachable', 'connect ECONNREFUSED');
    await time.advance(3_000);
    expect(troubles.at(-1)).toBe('connect ECONNREFUSED');
    await time.advance(10_000);
    expect(isLeading()).toBe(false);
  });
});

it('a replica that waits for another one has no trouble, and says once whom it waits for', async () => {
  let version = 0;
  const heldBy = (holderIdentity: string): Json => ({
    metadata: { resourceVersion: `other-${++version}` },
    spec: { holderIdentity, leaseDurationSeconds: 10 },
  });
  const { cluster, time, entries, troubles, isLeading } = begin(heldBy('first'));
  for (let round = 0; round < 10; round += 1) {
    cluster.lease = heldBy(round < 5 ? 'first' : 'second');
    await time.advance(3_000);
  }
  expect(isLeading()).toBe(false);
  expect(troubles).toEqual([undefined]);
  expect(entries.map(({ msg, lease, holder }) => ({ msg, lease, holder }))).toEqual(
    ['first', 'second'].map((holder) => ({
      ...{ msg: 'this replica waits for the lease, which another one holds', holder },
      lease: 'delivery/assay-controller',
    })),
  );
});
