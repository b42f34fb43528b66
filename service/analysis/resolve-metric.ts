import type { Argument, Metric } from '../../schemas/index.js';
import { metricJson } from './metric-json.js';
import type { PreparedMetric } from './prepared-run.js';
import { brokenJsonMessage, resolveQuotedArgs } from './resolve-template.js';

/** Arguments could not be filled in; `message` is the reference's, without the prefix it has in a run. */
export class ArgumentError extends Error {
  override readonly name = 'ArgumentError';
}

/**
 * The metric with every `{{args.<name>}}` filled in, in all of its texts and keys. Values go through a Go string
 * literal, so that quotes and line ends survive and control characters are refused, as in the reference.
 * @throws {ArgumentError} an argument has no value, or a tag has no argument.
 */
export function resolveMetric(metric: Metric, args: readonly Argument[]): Metric {
  const json = metricJson(metric);
  const resolution = resolveQuotedArgs(json, args);
  if (!resolution.ok) throw new ArgumentError(resolution.message);
  const broken = brokenJsonMessage(args, json);
  if (broken !== undefined) throw new ArgumentError(broken);
  // Only texts and keys were changed, each into a valid JSON text: the shape is still the metric's.
  return JSON.parse(resolution.text) as Metric;
}

/**
 * The metric to measure with: all arguments filled in, the secret ones too, in one pass over the metric of the spec.
 * The result holds secrets: hand it to a provider and to nothing else.
 * @param values by argument name; it must have every one of `secretArgs`.
 * @throws {ArgumentError} a secret has no value, or a value can not stand in JSON.
 */
export function withSecrets(prepared: PreparedMetric, values: ReadonlyMap<string, string>): Metric {
  if (prepared.secretArgs.length === 0) return prepared.metric;
  const args = prepared.source.args.map((argument) => {
    if (argument.valueFrom?.secretKeyRef === undefined) return argument;
    const value = values.get(argument.name);
    return value === undefined ? { name: argument.name } : { name: argument.name, value };
  });
  return resolveMetric(prepared.source.metric, args);
}
