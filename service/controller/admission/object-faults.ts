import { lint } from '../../analysis/index.js';
import { separateCallbacks } from '../../delivery/index.js';
import { type Fault, faultsBeyond, validateDocument, type Validation } from '../../../schemas/index.js';
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
  Rollout: (object) =>
    judged(validateDocument('Rollout', object), (rollout) => ({
      ...{ errors: rolloutFaults(rollout), warnings: [] },
    })),
  Experiment: (object) =>
    judged(validateDocument('Experiment', object), (experiment) => ({
      ...{ errors: experimentFaults(experiment), warnings: [] },
    })),
};

/** What is wrong with an object by its shape, and by what it says as far as that can be read. */
function judged<Document>(
  validation: Validation<Document>,
  judge: (document: Document) => ObjectFaults,
): ObjectFaults {
  const { value, errors, warnings } = validation;
  if (value === undefined) {
    const further = faultsBeyond(validation, (document) => judge(document).errors);
    return { errors: [...errors, ...further], warnings };
  }
  const found = judge(value);
  return { errors: found.errors, warnings: [...warnings, ...found.warnings] };
}

/**
 * All that is wrong with an object of one of our kinds, without a look at others: a template or a Service that it names may
 * be applied after it. Undefined: it is of no such kind.
 * @param object without its status, which nobody writes by hand.
 */
export function objectFaults(kind: string, object: Json): ObjectFaults | undefined {
  return Object.hasOwn(JUDGES, kind) ? JUDGES[kind]?.(object) : undefined;
}

function templateFaults(kind: 'AnalysisTemplate' | 'ClusterAnalysisTemplate', object: Json): ObjectFaults {
  return kind === 'AnalysisTemplate'
    ? judged(validateDocument(kind, object), (template) => lint({ ...template, kind }))
    : judged(validateDocument(kind, object), (template) => lint({ ...template, kind }));
}

/** What the service would refuse it for. */
function runFaults(object: Json): ObjectFaults {
  return judged(validateDocument('AnalysisRun', object), (given) => {
    const { run, faults } = separateCallbacks(given);
    const { errors, warnings } = lint({ ...run, kind: 'AnalysisRun' });
    return { errors: [...faults, ...errors], warnings };
  });
}
