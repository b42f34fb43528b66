import type {
  AnalysisTemplate,
  AnalysisTemplateSpec,
  Argument,
  ClusterAnalysisTemplate,
  DryRun,
  MeasurementRetention,
  Metric,
} from '../../schemas/index.js';

/** The parts of several templates in one: no references are left. */
export type FlatTemplate = Required<Omit<AnalysisTemplateSpec, 'templates'>>;

/** Templates do not fit together, or miss arguments; `message` is the reference's. */
export class TemplateError extends Error {
  override readonly name = 'TemplateError';
}

/**
 * The metrics, rules and arguments of all templates in one: those of AnalysisTemplates first, in their order. Metrics,
 * dry-run rules, retention rules and arguments are checked for repeats, in this order.
 * @throws {TemplateError} a name is used twice, or an argument has two different values.
 */
export function flattenTemplates(
  templates: readonly AnalysisTemplate[],
  clusterTemplates: readonly ClusterAnalysisTemplate[],
): FlatTemplate {
  const specs = [...templates, ...clusterTemplates].map(({ spec }) => spec);
  const metrics = joinMetrics(specs.flatMap((spec) => spec.metrics ?? []));
  const dryRun = joinDryRun(specs.flatMap((spec) => spec.dryRun ?? []));
  const measurementRetention = joinRetention(specs.flatMap((spec) => spec.measurementRetention ?? []));
  const args = joinArguments(specs.flatMap((spec) => spec.args ?? []));
  return { metrics, dryRun, measurementRetention, args };
}

function joinMetrics(metrics: readonly Metric[]): readonly Metric[] {
  refuseRepeats(
    metrics.map(({ name }) => name),
    'two metrics have the same name',
  );
  return metrics;
}

/** The rules, which must be for different names. */
export function joinDryRun(rules: readonly DryRun[]): readonly DryRun[] {
  refuseRepeats(
    rules.map(({ metricName }) => metricName),
    'two Dry-Run metric rules have the same name',
  );
  return rules;
}

/** The rules, which must be for different names. */
export function joinRetention(rules: readonly MeasurementRetention[]): readonly MeasurementRetention[] {
  const names = rules.map(({ metricName }) => metricName);
  refuseRepeats(names, 'two Measurement Retention metric rules have the same name');
  return rules;
}

function refuseRepeats(names: readonly string[], message: string): void {
  const seen = new Set<string>();
  for (const name of names) {
    if (seen.has(name)) throw new TemplateError(`${message} '${name}'`);
    seen.add(name);
  }
}

/**
 * Arguments by name, each where it first stood. The first value counts; an entry without one gives way to any later
 * entry, even to one that has nothing, as in the reference.
 */
function joinArguments(args: readonly Argument[]): readonly Argument[] {
  const byName = new Map<string, Argument>();
  for (const argument of args) {
    const before = byName.get(argument.name);
    if (before?.value === undefined) byName.set(argument.name, argument);
    else if (argument.value !== undefined && argument.value !== before.value) {
      const values = `'${before.value}', '${argument.value}'`;
      throw new TemplateError(
        `Argument \`${argument.name}\` specified multiple times with different values: ${values}`,
      );
    }
  }
  return [...byName.values()];
}
