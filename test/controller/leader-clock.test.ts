import { afterEach, beforeEach, expect, it } from 'vitest';
import { leadWhenElected, type LeaseDeps } from '../../service/controller/leader.js';
import { createLog } from '../../service/platform/index.js';
import { fields, type KubernetesApi, KubernetesError } from '../../service/providers/kubernetes/index.js';
import { FakeTime } from '../engine/fake-time.js';

const HOUR_MS = 3_600_000;

/** What an API server does with one Lease. */
class OneLease implements KubernetesApi {
  #lease: Readonly<Record<string, unknown>> | undefined;
  #version = 0;
  isAway = false;

  readonly request: KubernetesApi['request'] = ({ method, body }) => {
    if (this.isAway) return Promise.reject(new KubernetesError('unreachable', 'it is away'));
    if (method === 'GET')
      return this.#lease === undefined
        ? Promise.reject(new KubernetesError('badResponse', 'there is none', 404))
        : Promise.resolve(this.#lease);
    this.put(fields(body));
    return Promise.resolve(this.#lease);
  };

  lines(): AsyncIterable<unknown> {
    throw new Error('nobody watches it');
  }

  close(): void {
    throw new Error('nobody closes it');
  }

  put(lease: Readonly<Record<string, unknown>>): void {
    this.#version += 1;
    this.#lease = {
      ...lease,
      metadata: { ...fields(lease['metadata']), resourceVersion: String(this.#version) },
    };
  }

  get holder(): unknown {
    return fields(this.#lease?.['spec'])['holderIdentity'];
  }
}

let time: FakeTime;
let lease: OneLease;
/** What an administrator has added to the date. */
let shiftMs: number;
let over: AbortController;
let election: Promise<void>;
let leads: number;
/** How often it began to. */
let led: number;

function elect(identity: string): void {
  const deps: LeaseDeps = {
    api: lease,
    ...{ namespace: 'argo-rollouts', name: 'assay-controller', identity },
    clock: { nowMs: () => time.nowMs() + shiftMs },
    elapsed: () => time.nowMs(),
    timers: time,
    log: createLog({ level: 'silent' }),
    onTrouble: () => undefined,
  };
  election = leadWhenElected(
    deps,
    async (signal) => {
      leads += 1;
      led += 1;
      await new Promise<void>((resolve) => {
        signal.addEventListener('abort', () => {
          resolve();
        });
      });
      leads -= 1;
    },
    over.signal,
  );
}

beforeEach(() => {
  time = new FakeTime();
  lease = new OneLease();
  shiftMs = 0;
  leads = 0;
  led = 0;
  over = new AbortController();
});

afterEach(async () => {
  over.abort();
  await time.advance(10_000);
  await election;
});

const heldByAnother = (): void => {
  lease.put({ spec: { holderIdentity: 'another', leaseDurationSeconds: 10, leaseTransitions: 0 } });
};

it('takes over from a leader that died, though the clock was set back meanwhile', async () => {
  heldByAnother();
  elect('me');
  await time.advance(3_000);
  shiftMs = -HOUR_MS;
  await time.advance(12_000);
  expect([leads, lease.holder]).toEqual([1, 'me']);
});

it('leaves a lease to who renews it, though the clock was set forward', async () => {
  heldByAnother();
  elect('me');
  for (let turn = 0; turn < 10; turn += 1) {
    await time.advance(2_000);
    // Between two looks at the same version of it.
    if (turn === 2) shiftMs = HOUR_MS;
    if (turn % 3 === 0) heldByAnother();
  }
  expect([led, lease.holder]).toEqual([0, 'another']);
});

it('ends its work when it could not renew in time, though the clock was set back', async () => {
  elect('me');
  await time.advance(3_000);
  expect(leads).toBe(1);
  lease.isAway = true;
  shiftMs = -HOUR_MS;
  await time.advance(10_000);
  expect(leads).toBe(0);
});
