import type { AnalysisRunSpec, Argument, Metric } from '../../schemas/index.js';
import { matchDryRun, matchRetention } from './match-rules.js';
import type { Preparation, PreparedMetric, SecretArgument } from './prepared-run.js';
import { ArgumentError, resolveMetric } from './resolve-metric.js';
import { validateMetrics } from './validate-metrics.js';

/** Measurements that a status keeps of a metric when no rule says otherwise, or a rule says 0 or less. */
export const DEFAULT_RETENTION = 10;

/** What stands for a secret while a spec is checked, as in the reference. */
const SECRET_PLACEHOLDER = 'temp-for-secret';

/** What specs have come to, for as long as somebody has them. */
const prepared = new WeakMap<AnalysisRunSpec, Preparation>();

/**
 * Fills in the arguments of a run and checks it, without reading any secret. Refused runs end as Error with the message,
 * which is the reference's. Each spec is looked at once: it never changes, so its identity is key enough.
 */
export function prepareRun(spec: AnalysisRunSpec): Preparation {
  const before = prepared.get(spec);
  if (before !== undefined) return before;
  const preparation = preparationOf(spec);
  prepared.set(spec, preparation);
  return preparation;
}

function preparationOf(spec: AnalysisRunSpec): Preparation {
  const args = spec.args ?? [];
  const resolved = resolveAll(
    spec.metrics,
    withPlaceholders(args, () => SECRET_PLACEHOLDER),
  );
  if (resolved instanceof ArgumentError) {
    return refused(`Unable to resolve metric arguments: ${resolved.message}`);
  }
  const fault = validateMetrics(resolved);
  if (fault !== undefined) return invalid(fault);
  const dryRun = matchDryRun(spec.dryRun ?? [], resolved);
  if (!dryRun.ok) return invalid(dryRun.message);
  const retention = matchRetention(spec.measurementRetention ?? [], resolved);
  if (!retention.ok) return invalid(retention.message);

  const secretArgs = secretArguments(args);
  const tagged = withPlaceholders(args, (name) => `{{args.${name}}}`);
  const metrics = spec.metrics.map((source, index): PreparedMetric => {
    const checked = resolved[index] ?? source;
    const limit = retention.byMetric.get(checked.name)?.limit ?? DEFAULT_RETENTION;
    return {
      metric: secretArgs.length === 0 ? checked : resolveMetric(source, tagged),
      dryRun: dryRun.byMetric.has(checked.name),
      retention: limit > 0 ? limit : DEFAULT_RETENTION,
      secretArgs,
      source: { metric: source, args },
    };
  });
  return { ok: true, run: { metrics } };
}

function resolveAll(
  metrics: readonly Metric[],
  args: readonly Argument[],
): readonly Metric[] | ArgumentError {
  try {
    return metrics.map((metric) => resolveMetric(metric, args));
  } catch (error) {
    if (error instanceof ArgumentError) return error;
    throw error;
  }
}

function withPlaceholders(
  args: readonly Argument[],
  placeholder: (name: string) => string,
): readonly Argument[] {
  return args.map((argument) =>
    argument.valueFrom?.secretKeyRef === undefined
      ? argument
      : { name: argument.name, value: placeholder(argument.name) },
  );
}

/** The arguments whose values are secrets, in the order of the list. */
export function secretArguments(args: readonly Argument[]): readonly SecretArgument[] {
  return args.flatMap(({ name, valueFrom }) =>
    valueFrom?.secretKeyRef === undefined ? [] : [{ name, secretKeyRef: valueFrom.secretKeyRef }],
  );
}

function invalid(fault: string): Preparation {
  return refused(`Analysis spec invalid: ${fault}`);
}

function refused(message: string): Preparation {
  return { ok: false, message };
}
