import { ConditionError, evaluateExpression } from '../../../service/condition/index.js';
import type { Difference } from '../deviations.js';
import { casesOf, judge, recordOf, textOf } from '../judge.js';
import type { VectorRunner } from '../runner.js';
import { decodeResult, encodeValue } from '../typed-values.js';
import { wrappedResult } from '../unsigned-deviations.js';

/** eval.json: the value and its Go type, or the bare error and the stage it comes from. */
export const runner: VectorRunner = {
  file: /^eval\.json$/,
  run: ({ json }) =>
    Promise.resolve(
      casesOf(json).map((item) =>
        judge(
          item,
          recordOf(item, 'expect'),
          evaluate(textOf(item, 'expression'), item['result']),
          twinsOf(textOf(item, 'expression'), item['result']),
        ),
      ),
    ),
};

function twinsOf(expression: string, result: unknown): Difference['twins'] {
  const wrapped = wrappedResult(result);
  return wrapped === undefined ? {} : { wrapped: evaluate(expression, wrapped) };
}

function evaluate(expression: string, result: unknown): Record<string, unknown> {
  try {
    return { value: encodeValue(evaluateExpression(expression, decodeResult(result), Date.now()).value) };
  } catch (error) {
    if (error instanceof ConditionError) return { error: error.message, stage: error.stage };
    throw error;
  }
}
