import { evaluateConditions } from '../../../service/condition/index.js';
import { casesOf, judge, recordOf, textOf, type VectorCase } from '../judge.js';
import type { CaseResult, VectorRunner } from '../runner.js';
import { decodeResult } from '../typed-values.js';

/** conditions.json: the phase, and the whole error and which condition has it; the stage is only for orientation. */
export const runner: VectorRunner = {
  file: /^conditions\.json$/,
  run: ({ json }) => Promise.resolve(casesOf(json).map(evaluate)),
};

function evaluate(item: VectorCase): CaseResult {
  const { stage: _, ...expected } = recordOf(item, 'expect');
  const successCondition = textOf(item, 'successCondition');
  const failureCondition = textOf(item, 'failureCondition');
  const outcome = evaluateConditions(decodeResult(item['result']), {
    ...(successCondition === '' ? {} : { successCondition }),
    ...(failureCondition === '' ? {} : { failureCondition }),
  });
  const { stage: _stage, cause: _cause, ...actual } = outcome;
  const judged = judge(item, expected, actual);
  // A wrong phase is worse than a wrong text: say which it is.
  if (judged.outcome !== 'disagree') return judged;
  return {
    ...judged,
    details: `${expected['phase'] === outcome.phase ? 'message' : 'PHASE'} differs\n${judged.details ?? ''}`,
  };
}
