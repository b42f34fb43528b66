import { ConditionError, evaluateExpression } from '../../../service/condition/index.js';
import { casesOf, judge, recordOf, textOf } from '../judge.js';
import type { VectorRunner } from '../runner.js';
import { decodeResult, encodeValue } from '../typed-values.js';

/** eval.json: the value and its Go type, or the bare error and the stage it comes from. */
export const runner: VectorRunner = {
  file: /^eval\.json$/,
  run: ({ json }) =>
    Promise.resolve(
      casesOf(json).map((item) =>
        judge(item, recordOf(item, 'expect'), evaluate(textOf(item, 'expression'), item['result'])),
      ),
    ),
};

function evaluate(expression: string, result: unknown): Record<string, unknown> {
  try {
    return { value: encodeValue(evaluateExpression(expression, decodeResult(result), Date.now()).value) };
  } catch (error) {
    if (error instanceof ConditionError) return { error: error.message, stage: error.stage };
    throw error;
  }
}
