import { LRUCache } from 'lru-cache';
import { type Preparation, prepareRun } from '../analysis/index.js';
import type { AnalysisRunSpec } from '../../schemas/index.js';

/** Runs whose preparation is kept, so that a series does not pay for it at each tick. */
const CACHED_RUNS = 5_000;

/** Prepares specs, remembering the latest ones. A spec never changes, so its identity is key enough. */
export function createPreparer(): (id: string, spec: AnalysisRunSpec) => Preparation {
  const cache = new LRUCache<string, { readonly spec: AnalysisRunSpec; readonly preparation: Preparation }>({
    max: CACHED_RUNS,
  });
  return (id, spec) => {
    const cached = cache.get(id);
    // An id may be forgotten and used again for another spec.
    if (cached?.spec === spec) return cached.preparation;
    const preparation = prepareRun(spec);
    cache.set(id, { spec, preparation });
    return preparation;
  };
}
