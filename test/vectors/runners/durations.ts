import { formatGoDuration, parseGoDuration } from '../../../service/condition/index.js';
import { casesOf, judge, recordOf, textOf } from '../judge.js';
import type { VectorRunner } from '../runner.js';

/** durations.json: nanoseconds and canonical form of a duration, or the whole error. */
export const runner: VectorRunner = {
  file: /^durations\.json$/,
  run: ({ json }) =>
    Promise.resolve(
      casesOf(json).map((item) => judge(item, recordOf(item, 'expect'), parse(textOf(item, 'input')))),
    ),
};

function parse(input: string): Record<string, unknown> {
  try {
    const ns = parseGoDuration(input);
    return { ns: String(ns), string: formatGoDuration(ns) };
  } catch (error) {
    if (error instanceof Error) return { error: error.message };
    throw error;
  }
}
