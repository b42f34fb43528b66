import type { AnalysisRun, Callback } from '../../../schemas/index.js';
import { separateCallbacks } from '../../delivery/index.js';
import { locate, type LocatedFault } from './located-fault.js';
import type { Input } from './read-inputs.js';

/** What is wrong with the callbacks of a document. Its lines are not shown: credentials may stand in them. */
export function callbackFaults(input: Input): readonly LocatedFault[] {
  return separateCallbacks(...withCallbacks(input)).faults.map((fault) => {
    const { excerpt: _excerpt, ...located } = locate(input.place, fault);
    return located;
  });
}

function withCallbacks({ kind, value }: Input): readonly [run: AnalysisRun, requested: readonly Callback[]] {
  switch (kind) {
    case 'AnalysisRun':
      return [value, []];
    case 'RunRequest': {
      const { metadata = {}, callbacks = [] } = value;
      return [{ metadata, spec: { metrics: [] } }, callbacks];
    }
    case 'AnalysisTemplate':
    case 'ClusterAnalysisTemplate':
      return [{ spec: { metrics: [] } }, []];
  }
}
