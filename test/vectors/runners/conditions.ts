import { evaluateConditions } from '../../../service/condition/index.js';
import { casesOf, judge, recordOf, textOf, type VectorCase } from '../judge.js';
import type { CaseResult, VectorRunner } from '../runner.js';
import { decodeResult } from '../typed-values.js';
import { wrappedResult } from '../unsigned-deviations.js';

/** conditions.json: the phase, and the whole error and which condition has it; the stage is only for orientation. */
export const runner: VectorRunner = {
  file: /^conditions\.json$/,
  run: ({ json }) => Promise.resolve(casesOf(json).map(evaluate)),
};

function evaluate(item: VectorCase): CaseResult {
  const { stage: _, ...expected } = recordOf(item, 'expect');
  const actual = outcomeOf(item, item['result']);
  const wrapped = wrappedResult(item['result']);
  const twins = wrapped === undefined ? {} : { wrapped: outcomeOf(item, wrapped) };
  const judged = judge(item, expected, actual, twins);
  // A wrong phase is worse than a wrong text: say which it is.
  if (judged.outcome !== 'disagree') return judged;
  return {
    ...judged,
    details: `${expected['phase'] === actual['phase'] ? 'message' : 'PHASE'} differs\n${judged.details ?? ''}`,
  };
}

function outcomeOf(item: VectorCase, result: unknown): Record<string, unknown> {
  const successCondition = textOf(item, 'successCondition');
  const failureCondition = textOf(item, 'failureCondition');
  const {
    stage: _stage,
    cause: _cause,
    ...outcome
  } = evaluateConditions(decodeResult(result), {
    ...(successCondition === '' ? {} : { successCondition }),
    ...(failureCondition === '' ? {} : { failureCondition }),
  });
  return outcome;
}
