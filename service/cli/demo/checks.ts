import type { AnalysisTemplate, Metric } from '../../../schemas/index.js';
import type { Pace } from './pace.js';

/** What is asked of a canary, in the words of both ways to measure it. */
export interface Check {
  /** Name of the metric. */
  readonly name: string;
  /** What the number means, for people. */
  readonly meaning: string;
  /** Text after `result`, e.g. `>= 0.95`. */
  readonly condition: string;
  /** The number as people read it. */
  readonly show: (value: number) => string;
  /** PromQL with the window and the argument `version` in it. */
  readonly query: (window: string) => string;
  /** Where `/stats` of the sample service has the number. */
  readonly jsonPath: string;
}

const VERSION = 'version="{{args.version}}"';

/** Two questions: does it work, and is it fast? */
export const CHECKS: readonly Check[] = [
  {
    name: 'success-rate',
    meaning: 'requests that did not end in a server error',
    condition: '>= 0.95',
    show: (value) => `${(value * 100).toFixed(1)} %`,
    query: (window) =>
      `sum(rate(http_requests_total{${VERSION}, code!~"5.."}[${window}])) / sum(rate(http_requests_total{${VERSION}}[${window}]))`,
    jsonPath: '{$.successRate}',
  },
  {
    name: 'latency-p95',
    meaning: 'seconds in which 95 of 100 requests are answered',
    condition: '<= 0.35',
    show: (value) => `${Math.round(value * 1_000)} ms`,
    query: (window) =>
      `histogram_quantile(0.95, sum by (le) (rate(http_request_duration_seconds_bucket{${VERSION}}[${window}])))`,
    jsonPath: '{$.p95Seconds}',
  },
];

/** Measurements of each metric at a step. */
export const COUNT = 3;

/** The template for a Prometheus, with the argument `version`. */
export const prometheusTemplate = (address: string, pace: Pace): AnalysisTemplate =>
  template(pace, [{ name: 'version' }], ({ query, condition }) => ({
    // A vector with one series in it.
    successCondition: `result[0] ${condition}`,
    provider: { prometheus: { address, query: query(`${pace.windowMs}ms`) } },
  }));

/** The template for the sample service's own numbers, with the URL of `/stats` as the argument `stats`. */
export const statsTemplate = (pace: Pace): AnalysisTemplate =>
  template(pace, [{ name: 'stats' }], ({ jsonPath, condition }) => ({
    successCondition: `result ${condition}`,
    provider: { web: { url: '{{args.stats}}', jsonPath } },
  }));

function template(
  { delayMs, intervalMs }: Pace,
  args: readonly { readonly name: string }[],
  ask: (check: Check) => Pick<Metric, 'successCondition' | 'provider'>,
): AnalysisTemplate {
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'AnalysisTemplate',
    metadata: { name: 'demo' },
    spec: {
      args,
      metrics: CHECKS.map((check) => ({
        name: check.name,
        initialDelay: `${delayMs}ms`,
        interval: `${intervalMs}ms`,
        count: COUNT,
        // One bad measurement may be bad luck.
        failureLimit: 1,
        ...ask(check),
      })),
    },
  };
}
