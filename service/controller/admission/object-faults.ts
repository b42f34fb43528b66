import { lint } from '../../analysis/index.js';
import { separateCallbacks } from '../../delivery/index.js';
import { type Fault, validateDocument } from '../../../schemas/index.js';
import { experimentFaults } from '../experiment/plan/index.js';
import { rolloutFaults } from '../rollout/plan/index.js';

/** What is wrong with an object by itself, and what is probably not meant. */
export interface ObjectFaults {
  readonly errors: readonly Fault[];
  readonly warnings: readonly Fault[];
}

type Json = Readonly<Record<string, unknown>>;

/** The kinds that are judged. */
const JUDGES: Readonly<Record<string, (object: Json) => ObjectFaults>> = {
  AnalysisTemplate: (object) => templateFaults('AnalysisTemplate', object),
  ClusterAnalysisTemplate: (object) => templateFaults('ClusterAnalysisTemplate', object),
  AnalysisRun: runFaults,
  Rollout: (object) => {
    const { value, errors, warnings } = validateDocument('Rollout', object);
    return { errors: value === undefined ? errors : rolloutFaults(value), warnings };
  },
  Experiment: (object) => {
    const { value, errors, warnings } = validateDocument('Experiment', object);
    return { errors: value === undefined ? errors : experimentFaults(value), warnings };
  },
};

/**
 * All that is wrong with an object of one of our kinds, without a look at others: a template or a Service that it names may
 * be applied after it. Undefined: it is of no such kind.
 * @param object without its status, which nobody writes by hand.
 */
export function objectFaults(kind: string, object: Json): ObjectFaults | undefined {
  return Object.hasOwn(JUDGES, kind) ? JUDGES[kind]?.(object) : undefined;
}

function templateFaults(kind: 'AnalysisTemplate' | 'ClusterAnalysisTemplate', object: Json): ObjectFaults {
  const { value, errors, warnings } = validateDocument(kind, object);
  if (value === undefined) return { errors, warnings };
  const report = lint({ ...value, kind });
  return { errors: report.errors, warnings: [...warnings, ...report.warnings] };
}

/** What the service would refuse it for. */
function runFaults(object: Json): ObjectFaults {
  const { value, errors, warnings } = validateDocument('AnalysisRun', object);
  if (value === undefined) return { errors, warnings };
  const { run, faults } = separateCallbacks(value);
  const report = lint({ ...run, kind: 'AnalysisRun' });
  return { errors: [...faults, ...report.errors], warnings: [...warnings, ...report.warnings] };
}
