import {
  ArgumentError,
  type Resolution,
  resolveArgs,
  resolveMetric,
  resolveQuotedArgs,
} from '../../../service/analysis/index.js';
import type { Argument, Metric } from '../../../schemas/index.js';
import { casesOf, judge, recordOf, textOf, type VectorCase } from '../judge.js';
import { fieldOf } from '../kubernetes-json.js';
import type { VectorRunner } from '../runner.js';

/** args.json: the text or metric with its arguments filled in, or the whole error. */
export const runner: VectorRunner = {
  file: /^args\.json$/,
  run: ({ json }) =>
    Promise.resolve(casesOf(json).map((item) => judge(item, recordOf(item, 'expect'), outcome(item)))),
};

function outcome(item: VectorCase): Record<string, unknown> {
  const input = recordOf(item, 'in');
  const args = fieldOf(input, 'args');
  const op = textOf(item, 'op');
  switch (op) {
    case 'ResolveArgs':
      return told(resolveArgs(textOf(input, 'template'), args));
    case 'ResolveQuotedArgs':
      return told(resolveQuotedArgs(textOf(input, 'template'), args));
    case 'ResolveMetricArgs':
      return resolvedMetric(fieldOf(input, 'metric'), args);
    default:
      throw new TypeError(`unknown op ${op}`);
  }
}

function told(resolution: Resolution): Record<string, unknown> {
  return resolution.ok ? { output: resolution.text } : { error: resolution.message };
}

function resolvedMetric(metric: Metric, args: readonly Argument[]): Record<string, unknown> {
  try {
    return { metric: resolveMetric(metric, args) };
  } catch (error) {
    if (error instanceof ArgumentError) return { error: error.message };
    throw error;
  }
}
