import { type Preparation, prepareRun } from '../analysis/index.js';
import type { AnalysisRunSpec } from '../../schemas/index.js';

/** Prepares specs, each once for as long as somebody has it: a spec never changes, so its identity is key enough. */
export function createPreparer(): (spec: AnalysisRunSpec) => Preparation {
  const known = new WeakMap<AnalysisRunSpec, Preparation>();
  return (spec) => {
    const before = known.get(spec);
    if (before !== undefined) return before;
    const preparation = prepareRun(spec);
    known.set(spec, preparation);
    return preparation;
  };
}
