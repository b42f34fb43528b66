import { fields, text } from '../../providers/kubernetes/index.js';
import type { ObjectSource } from '../argo-metrics.js';
import { objectSelector, type RunScope } from '../runs/run-scope.js';
import { EXPERIMENTS, ROLLOUTS } from './collections.js';
import type { ObjectCache } from './object-cache.js';
import { readRollout } from './readings.js';

/** What scrapes are told of: the objects of the scope that the cache has. */
export function objectsIn(cache: ObjectCache, scope: RunScope): ObjectSource {
  const labelSelector = objectSelector(scope);
  return {
    rollouts: () =>
      cache.list({ type: ROLLOUTS, labelSelector }).flatMap((stored) => readRollout(stored).value ?? []),
    experiments: () =>
      cache.list({ type: EXPERIMENTS, labelSelector }).map(({ json, metadata: { namespace, name } }) => ({
        ...{ namespace, name },
        phase: text(fields(json['status'])['phase']),
      })),
  };
}
