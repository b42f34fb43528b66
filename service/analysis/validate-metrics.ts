import { type Metric, type MetricProviderKind, MetricProviderSpecSchema } from '../../schemas/index.js';
import { parseGoDuration } from '../condition/index.js';
import { intOf } from './metric-limits.js';

/**
 * The first fault of a list of metrics in the reference's words, or undefined. The order of the checks is the
 * reference's, as only the first fault is told. Conditions are not looked at; {@link lint} does that.
 */
export function validateMetrics(metrics: readonly Metric[]): string | undefined {
  if (metrics.length === 0) return 'no metrics specified';
  const names = new Set<string>();
  for (const [index, metric] of metrics.entries()) {
    const fault = names.has(metric.name)
      ? `duplicate name '${metric.name}'`
      : metricFaults(metric)[0]?.message;
    if (fault !== undefined) return `metrics[${index}]: ${fault}`;
    names.add(metric.name);
  }
  return undefined;
}

/** A fault of one metric. */
export interface MetricFault {
  /** The field to change. */
  readonly field: keyof Metric;
  /** The reference's words. */
  readonly message: string;
}

/** All faults of one metric by itself, in the order in which the reference checks. */
export function metricFaults(metric: Metric): readonly MetricFault[] {
  return [
    ...limitFaults(metric),
    ...countFaults(metric),
    ...durationFaults(metric),
    ...providerFaults(metric),
  ];
}

function limitFaults(metric: Metric): readonly MetricFault[] {
  const faults: MetricFault[] = [];
  const failure = intOf(metric.failureLimit);
  const success = intOf(metric.consecutiveSuccessLimit);
  if (success < 0n)
    faults.push({ field: 'consecutiveSuccessLimit', message: 'consecutiveSuccessLimit must be >= 0' });
  if (failure < -1n) {
    faults.push({ field: 'failureLimit', message: 'failureLimit must be >= 0, or -1 to be disabled' });
  }
  if (failure === -1n && success === 0n) {
    const message = 'failureLimit and consecutiveSuccessLimit cannot both be disabled';
    faults.push({ field: 'failureLimit', message });
  }
  for (const field of ['inconclusiveLimit', 'consecutiveErrorLimit'] as const) {
    if (intOf(metric[field]) < 0n) faults.push({ field, message: `${field} must be >= 0` });
  }
  return faults;
}

function countFaults(metric: Metric): readonly MetricFault[] {
  const faults: MetricFault[] = [];
  const count = intOf(metric.count);
  const failure = intOf(metric.failureLimit);
  const success = intOf(metric.consecutiveSuccessLimit);
  // Go's sum of ints: it wraps.
  if (count > 0n && failure >= 0n && success >= 0n && count < BigInt.asIntN(64, failure + success)) {
    const message = `count (${count}) must be >= failureLimit + consecutiveSuccessLimit (${failure} + ${success}) if both >= 0`;
    faults.push({ field: 'count', message });
  }
  if (count > 0n && failure < 0n && count < success) {
    faults.push({ field: 'count', message: 'count must be >= consecutiveSuccessLimit' });
  }
  if (count > 0n && count < intOf(metric.inconclusiveLimit)) {
    faults.push({ field: 'count', message: 'count must be >= inconclusiveLimit' });
  }
  if (count > 1n && (metric.interval ?? '') === '') {
    faults.push({ field: 'interval', message: 'interval must be specified when count > 1' });
  }
  return faults;
}

function durationFaults(metric: Metric): readonly MetricFault[] {
  const faults: MetricFault[] = [];
  // The reference calls the initial delay by its former name.
  for (const [field, label] of [
    ['interval', 'interval'],
    ['initialDelay', 'startDelay'],
  ] as const) {
    const problem = durationProblem(metric[field] ?? '');
    if (problem !== undefined) faults.push({ field, message: `invalid ${label} string: ${problem}` });
  }
  return faults;
}

function durationProblem(text: string): string | undefined {
  if (text === '') return undefined;
  try {
    parseGoDuration(text);
    return undefined;
  } catch (error) {
    // Whatever is wrong with the text is in the error's message, in Go's words.
    return error instanceof Error ? error.message : String(error);
  }
}

function providerFaults(metric: Metric): readonly MetricFault[] {
  const number = providerCount(metric);
  if (number === 0) return [{ field: 'provider', message: 'no provider specified' }];
  return number > 1 ? [{ field: 'provider', message: 'multiple providers specified' }] : [];
}

/** Every kind of provider but plugins, which are counted by name. */
const PROVIDERS = Object.keys(MetricProviderSpecSchema.properties).filter(isBuiltIn);

function isBuiltIn(kind: string): kind is Exclude<MetricProviderKind, 'plugin'> {
  return kind !== 'plugin';
}

/** The kind of a metric's provider; undefined when it has none, or several. */
export function metricProviderKind(metric: Metric): MetricProviderKind | undefined {
  if (providerCount(metric) !== 1) return undefined;
  return PROVIDERS.find((kind) => metric.provider[kind] !== undefined) ?? 'plugin';
}

/** Providers of a metric: the known keys that are set, and each plugin. */
function providerCount({ provider }: Partial<Metric>): number {
  // The schema demands `provider`; the reference has its own message for a metric without one.
  if (provider === undefined) return 0;
  return (
    PROVIDERS.filter((kind) => provider[kind] !== undefined).length +
    Object.keys(provider.plugin ?? {}).length
  );
}
