import type { Rollout } from '../../../../schemas/index.js';
import type { Surroundings, TrafficPlugins, TrafficRouters } from '../../traffic/index.js';
import type { Snapshot } from '../types.js';
import { collectionOf } from './followed.js';
import type { ObjectCache } from '../../objects/object-cache.js';

/** Where the routers of a Rollout look. */
export interface TrafficSources {
  readonly cache: ObjectCache;
  readonly plugins: Pick<TrafficPlugins, 'answer'>;
}

/** The world as the routers of a Rollout see it. */
export const worldOf = (
  { cache, plugins }: TrafficSources,
  { metadata: { namespace = '', name = '', uid = '' } = {} }: Rollout,
): Surroundings => ({
  object(ref) {
    const collection = collectionOf({ kind: 'object', ref });
    return collection === undefined ? undefined : cache.get(collection, ref.namespace, ref.name)?.json;
  },
  list(need) {
    const collection = collectionOf(need);
    if (collection === undefined) return [];
    return cache.list(collection, need.namespace).map(({ json }) => json);
  },
  answer: (plugin) => plugins.answer({ namespace, name, uid }, plugin),
});

/** Asks the routers how what is wanted stands. */
export function trafficOf(
  routers: TrafficRouters,
  sources: TrafficSources,
  rollout: Rollout,
): Pick<Snapshot, 'traffic'> {
  if (rollout.spec.strategy?.canary?.trafficRouting === undefined) return {};
  return { traffic: (wanted) => routers.verify(rollout, wanted, worldOf(sources, rollout)) };
}
