import { afterEach, expect, it } from 'vitest';
import { type Collection, ROLLOUTS } from '../../../service/controller/objects/collections.js';
import { ObjectCache } from '../../../service/controller/objects/object-cache.js';
import { createLog } from '../../../service/platform/index.js';
import type { KubernetesApi } from '../../../service/providers/kubernetes/index.js';

const COLLECTION: Collection = { type: ROLLOUTS, labelSelector: '' };
const REF = { ...ROLLOUTS, namespace: 'shop', name: 'checkout' };

const objectOf = (resourceVersion: number, uid = 'u1') => ({
  metadata: { name: 'checkout', namespace: 'shop', uid, resourceVersion: String(resourceVersion) },
});

const stopping: AbortController[] = [];
afterEach(() => {
  for (const each of stopping.splice(0)) each.abort();
});

/** A cache of a cluster in which one Rollout is at version 1. The watch brings what is given to `watch`, one after the other. */
async function cacheOf() {
  const lines: ((line: unknown) => void)[] = [];
  const waiting: unknown[] = [];
  const next = (): Promise<unknown> =>
    new Promise((resolve) => {
      if (waiting.length > 0) resolve(waiting.shift());
      else lines.push(resolve);
    });
  const api: KubernetesApi = {
    request: () => Promise.resolve({ metadata: { resourceVersion: '1' }, items: [objectOf(1)] }),
    lines: async function* () {
      for (;;) yield await next();
    },
    close: () => undefined,
  };
  const stop = new AbortController();
  stopping.push(stop);
  const cache = new ObjectCache({ api, log: createLog({ level: 'silent' }) }, stop.signal);
  let told: () => void = () => undefined;
  const listed = new Promise<void>((resolve) => {
    cache.listen({
      onListed: resolve,
      onChange: () => {
        told();
      },
    });
  });
  cache.list(COLLECTION);
  await listed;
  return {
    cache,
    /** Version and UID of what a decision would be made from; undefined: nothing is there. */
    seen: (): string | undefined => {
      const metadata = cache.get(COLLECTION, 'shop', 'checkout')?.metadata;
      const [first] = cache.list(COLLECTION, 'shop');
      expect(first?.metadata).toEqual(metadata);
      return metadata === undefined ? undefined : `${metadata.uid}@${metadata.resourceVersion}`;
    },
    watch: (type: 'MODIFIED' | 'ADDED' | 'DELETED', object: object): Promise<void> =>
      new Promise((resolve) => {
        told = resolve;
        const line = { type, object };
        const take = lines.shift();
        if (take === undefined) waiting.push(line);
        else take(line);
      }),
  };
}

it('what was written is seen at once, and until the watch has come to it', async () => {
  const { cache, seen, watch } = await cacheOf();
  cache.wrote(ROLLOUTS, objectOf(5));
  expect(seen()).toBe('u1@5');
  await watch('MODIFIED', objectOf(3));
  expect(seen()).toBe('u1@5');
  await watch('MODIFIED', objectOf(5));
  await watch('MODIFIED', objectOf(6));
  expect(seen()).toBe('u1@6');
});

it('an answer that comes after the watch has gone past it hides nothing', async () => {
  const { cache, seen, watch } = await cacheOf();
  // The controller has written 5, and somebody 6 at once: both are seen before the answer is.
  await watch('MODIFIED', objectOf(5));
  await watch('MODIFIED', objectOf(6));
  cache.wrote(ROLLOUTS, objectOf(5));
  expect(seen()).toBe('u1@6');
});

it('an answer about an object that is gone brings it not back', async () => {
  const { cache, seen, watch } = await cacheOf();
  await watch('DELETED', objectOf(6));
  cache.wrote(ROLLOUTS, objectOf(5));
  expect(seen()).toBeUndefined();
  await watch('ADDED', objectOf(7, 'u2'));
  cache.wrote(ROLLOUTS, objectOf(5));
  cache.removed(REF, 'u1');
  expect(seen()).toBe('u2@7');
});

it('what was created or deleted is seen before the watch tells', async () => {
  const { cache, seen, watch } = await cacheOf();
  cache.removed(REF, 'u1');
  expect(seen()).toBeUndefined();
  cache.wrote(ROLLOUTS, objectOf(8, 'u2'));
  expect(seen()).toBe('u2@8');
  await watch('DELETED', objectOf(7));
  expect(seen()).toBe('u2@8');
});
