import type { Argument, Fault, Metric, MetricSummary } from '../../../schemas/index.js';
import { parseGoDuration } from '../../condition/index.js';
import { intValue, limitsOf, misreading } from '../metric-limits.js';
import { MIN_INTERVAL_MS } from '../next-task.js';
import { metricFaults, metricProviderKind } from '../validate-metrics.js';
import { conditionFaults, type Faults } from './condition-faults.js';
import { memberPath } from './field-path.js';
import { headerWarnings } from './header-faults.js';
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
  const faults = metricFaults(settled);
  const errors: Fault[] = [
    ...tagFaults(source, path, args),
    ...faults.map(({ field, message }) => ({ path: memberPath(path, field), message })),
    ...conditions.errors,
    ...web.errors,
    ...(names === undefined ? [] : namedFaults(source, path, args, names)),
  ];
  const warnings = [
    ...nameless(metric, path),
    ...conditions.warnings,
    ...web.warnings,
    ...headerWarnings(metric, path),
    ...toothless(settled, path),
    ...noNumbers(settled, path),
    // What is no duration is told as an error.
    ...(faults.some(({ field }) => field === 'interval') ? [] : pauseless(settled, path)),
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

/** Limits that no number of measurements can pass. */
function toothless(metric: Metric, path: string): readonly Fault[] {
  const { count, failure, inconclusive } = limitsOf(metric);
  if (count === undefined || count < 1) return [];
  const idle = (field: 'failureLimit' | 'inconclusiveLimit', limit: number, so: string): readonly Fault[] => {
    if (metric[field] === undefined || limit < count) return [];
    const message = `${field} (${limit}) is not less than the number of measurements (${count}): ${so}`;
    return [{ path: memberPath(path, field), message }];
  };
  return [
    ...idle('failureLimit', failure, 'the metric can not fail'),
    ...idle('inconclusiveLimit', inconclusive, 'with all of them Inconclusive the metric is Successful'),
  ];
}

/** As in the reference an interval of nothing is allowed; ours keeps to the least there is. */
function pauseless({ interval = '' }: Metric, path: string): readonly Fault[] {
  if (interval === '' || parseGoDuration(interval) >= MIN_INTERVAL_NS) return [];
  const message = `${interval} counts as ${MIN_INTERVAL_MS}ms, which is the least: measurements are taken nearly without a pause. Write one such as 30s`;
  return [{ path: memberPath(path, 'interval'), message }];
}

const MIN_INTERVAL_NS = BigInt(MIN_INTERVAL_MS) * 1_000_000n;

const NUMBERS = [
  'count',
  'failureLimit',
  'inconclusiveLimit',
  'consecutiveErrorLimit',
  'consecutiveSuccessLimit',
] as const;

/**
 * Text that is no whole number, such as `3x` or `1e3`: the reference takes it for 0, which is hardly what was meant; and
 * numbers that no counter holds, which it wraps.
 */
function noNumbers(metric: Metric, path: string): readonly Fault[] {
  return NUMBERS.flatMap((field) => {
    const value = metric[field];
    const misread = typeof value === 'string' ? misreading(value) : undefined;
    if (misread === undefined) return [];
    const shown = JSON.stringify(value);
    const message =
      misread === 'zero'
        ? `${shown} is no whole number and counts as 0: write digits only`
        : `${shown} is beyond 2147483647, the largest number that counts`;
    return [{ path: memberPath(path, field), message }];
  });
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
