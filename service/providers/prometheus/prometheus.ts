import type { PrometheusMetric, PrometheusRangeQuery } from '../../../schemas/index.js';
import { GoTime, Zone, evaluateTime, parseGoDuration } from '../../condition/index.js';
import type { MeasureContext, MetricProvider } from '../provider.js';
import { ProviderError, errorText } from '../provider-error.js';
import { type QueryAnswer, TAKES_NO_POST, readQueryAnswer } from './query-api.js';
import { formatSampleValue } from './sample-value.js';
import { type Target, openTarget } from './target.js';

/** `provider.prometheus`: an instant query at the time of the measurement, or a range query. */
export const prometheusProvider: MetricProvider<PrometheusMetric> = {
  kind: 'prometheus',
  async measure(spec, context) {
    const target = await openTarget(spec, context);
    const nowNs = BigInt(timeOf(context)) * NS_PER_MS;
    const { value, text, warnings } =
      spec.rangeQuery === undefined
        ? await ask(target, '/api/v1/query', { query: spec.query ?? '', time: secondsOf(nowNs) })
        : await ask(target, '/api/v1/query_range', {
            query: spec.query ?? '',
            ...rangeOf(spec.rangeQuery, nowNs),
          });
    const metadata =
      warnings.length > 0 ? { warnings: warnings.map((warning) => `"${warning}"`).join(', ') } : undefined;
    return { kind: 'value', value, text, ...(metadata === undefined ? {} : { metadata }) };
  },
  describe: ({ query = '' }) => (query === '' ? {} : { ResolvedPrometheusQuery: query }),
};

/** As late as this, ms, a measurement is of the time at which it was due. */
const IN_TIME_MS = 1_000;
const NS_PER_MS = 1_000_000n;
const NS_PER_SECOND = 1e9;

/**
 * The time that is asked about, epoch ms: now. Of a measurement that is hardly late it is when it was due, so that metrics
 * of a run with the same query ask the same, and are sent once.
 */
function timeOf({ clock, dueAtMs }: MeasureContext): number {
  const nowMs = Math.trunc(clock.nowMs());
  if (dueAtMs === undefined || dueAtMs > nowMs || nowMs - dueAtMs >= IN_TIME_MS) return nowMs;
  return Math.trunc(dueAtMs);
}

async function ask(target: Target, endpoint: string, fields: Record<string, string>): Promise<QueryAnswer> {
  const form = new URLSearchParams(fields);
  const response = await target.ask('POST', endpoint, form);
  return readQueryAnswer(
    TAKES_NO_POST.includes(response.status) ? await target.ask('GET', endpoint, form) : response,
  );
}

/** `start`, `end` and `step` in seconds, as the API takes them. */
function rangeOf(range: PrometheusRangeQuery, nowNs: bigint): Record<string, string> {
  const time = (name: 'start' | 'end'): string =>
    blame(`rangeQuery.${name} as time`, () =>
      secondsOf(evaluateTime(range[name] ?? '', new GoTime(nowNs, Zone.utc)).unixNs),
    );
  const start = time('start');
  const end = time('end');
  const step = blame('rangeQuery.step as duration', () => secondsOf(parseGoDuration(range.step ?? '')));
  return { start, end, step };
}

function blame(what: string, read: () => string): string {
  try {
    return read();
  } catch (error) {
    throw new ProviderError('invalidSpec', `failed to parse ${what}: ${errorText(error)}`, { cause: error });
  }
}

/** Nanoseconds as seconds, the way Prometheus' client writes times: whole seconds and the rest, added as floats. */
const secondsOf = (ns: bigint): string =>
  formatSampleValue(Number(ns / BigInt(NS_PER_SECOND)) + Number(ns % BigInt(NS_PER_SECOND)) / NS_PER_SECOND);
