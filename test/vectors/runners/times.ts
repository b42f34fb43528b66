import { ConditionError, evaluateTime } from '../../../service/condition/index.js';
import { parseTime, RFC3339_NANO } from '../../../service/condition/go/go-time.js';
import { casesOf, judge, recordOf, textOf } from '../judge.js';
import type { VectorRunner } from '../runner.js';
import { encodeTime } from '../typed-values.js';

/** times.json: the instant, its zone and its distance from `now`, or the whole error. */
export const runner: VectorRunner = {
  file: /^times\.json$/,
  run: ({ json }) =>
    Promise.resolve(
      casesOf(json).map((item) =>
        judge(item, recordOf(item, 'expect'), evaluate(textOf(item, 'expression'), textOf(item, 'now'))),
      ),
    ),
};

function evaluate(expression: string, nowText: string): Record<string, unknown> {
  const now = parseTime(RFC3339_NANO, nowText);
  try {
    const time = evaluateTime(expression, now);
    const { type: _, ...encoded } = encodeTime(time);
    return { offsetNs: String(time.unixNs - now.unixNs), time: encoded };
  } catch (error) {
    if (error instanceof ConditionError) return { error: error.message };
    throw error;
  }
}
