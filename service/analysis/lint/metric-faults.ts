import type { Argument, Fault, Metric, MetricSummary } from '../../../schemas/index.js';
import { intValue, limitsOf } from '../metric-limits.js';
import { metricFaults, metricProviderKind } from '../validate-metrics.js';
import { conditionFaults, type Faults } from './condition-faults.js';
import { memberPath } from './field-path.js';
import { isOpen, knownMetric, withKnownValues, withoutOpenFields } from './known-values.js';
import { namedFaults, type NamedUse } from './named-faults.js';
import { tagFaults } from './tag-faults.js';
import { webFaults } from './web-faults.js';

/** A metric as far as it is known before a run gives its arguments, and what is wrong with it. */
export interface LintedMetric extends Faults {
  readonly metric: Metric;
}

/** Looks at one metric by itself. */
export function lintMetric(
  source: Metric,
  path: string,
  args: readonly Argument[],
  names?: NamedUse,
): LintedMetric {
  const metric = knownMetric(source, args);
  const settled = withoutOpenFields(metric);
  const kind = metricProviderKind(metric);
  const conditions = conditionFaults(metric, kind, path);
  const web = webFaults(resolved(source, args), path);
  const errors: Fault[] = [
    ...tagFaults(source, path, args),
    ...metricFaults(settled).map(({ field, message }) => ({ path: memberPath(path, field), message })),
    ...conditions.errors,
    ...web.errors,
    ...(names === undefined ? [] : namedFaults(source, path, args, names)),
  ];
  const warnings = [
    ...nameless(metric, path),
    ...conditions.warnings,
    ...web.warnings,
    ...toothless(settled, path),
  ];
  return { metric, errors, warnings };
}

/** The metric with known values in what lint looks at of a web request. */
function resolved(metric: Metric, args: readonly Argument[]): Metric {
  const { web } = metric.provider;
  if (web === undefined) return metric;
  const { method, jsonPath } = web;
  const known = {
    ...(method === undefined ? {} : { method: withKnownValues(method, args) }),
    ...(jsonPath === undefined ? {} : { jsonPath: withKnownValues(jsonPath, args) }),
  };
  return { ...metric, provider: { ...metric.provider, web: { ...web, ...known } } };
}

/** The reference measures a metric without a name, but nobody can tell its results from another's. */
function nameless({ name }: Metric, path: string): readonly Fault[] {
  return name === ''
    ? [{ path: memberPath(path, 'name'), message: 'is empty: results are found by their name' }]
    : [];
}

/** A failureLimit that no number of failures can pass. */
function toothless(metric: Metric, path: string): readonly Fault[] {
  const { count, failure } = limitsOf(metric);
  if (metric.failureLimit === undefined || count === undefined || count < 1 || failure < count) return [];
  const message = `failureLimit (${failure}) is not less than the number of measurements (${count}): the metric can not fail`;
  return [{ path: memberPath(path, 'failureLimit'), message }];
}

/** What would be measured, for the answer of lint. */
export function summaryOf(metric: Metric, dryRun: boolean): MetricSummary {
  const { name, interval = '', initialDelay = '', count } = metric;
  const isCountKnown = !isOpen(String(count ?? ''));
  const known = isCountKnown ? limitsOf(metric).count : undefined;
  return {
    name,
    provider: metricProviderKind(metric) ?? '',
    ...(interval === '' ? {} : { interval }),
    ...(initialDelay === '' ? {} : { initialDelay }),
    ...(known === undefined || intValue(known) < 1 ? {} : { count: known }),
    dryRun,
  };
}
