import type { Rollout } from '../../../../schemas/index.js';
import type { Surroundings, TrafficRouters } from '../../traffic/index.js';
import type { Snapshot } from '../types.js';
import { collectionOf } from './followed.js';
import type { ObjectCache } from '../../objects/object-cache.js';

/** The world as the routers of a Rollout see it. */
export const worldOf = (cache: ObjectCache): Surroundings => ({
  object(ref) {
    const collection = collectionOf({ kind: 'object', ref });
    return collection === undefined ? undefined : cache.get(collection, ref.namespace, ref.name)?.json;
  },
  list(need) {
    const collection = collectionOf(need);
    if (collection === undefined) return [];
    return cache.list(collection, need.namespace).map(({ json }) => json);
  },
  // Nothing says where plugins are: their routers tell that they were not asked.
  answer: () => undefined,
});

/** Asks the routers how what is wanted stands. */
export function trafficOf(
  routers: TrafficRouters,
  cache: ObjectCache,
  rollout: Rollout,
): Pick<Snapshot, 'traffic'> {
  if (rollout.spec.strategy?.canary?.trafficRouting === undefined) return {};
  return { traffic: (wanted) => routers.verify(rollout, wanted, worldOf(cache)) };
}
