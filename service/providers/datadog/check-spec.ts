import type { DatadogMetric } from '../../../schemas/index.js';
import { goDurationMs, parseGoDuration } from '../../condition/index.js';
import { errorText, ProviderError } from '../provider-error.js';

/** A spec with everything that a request is made of. */
export interface CheckedSpec {
  /** `v1`: the query API; anything else: the scalar API of v2. */
  readonly apiVersion: string;
  /** Texts by the names that `formula` uses; of a single `query` under the name `query`. */
  readonly queries: Readonly<Record<string, string>>;
  readonly formula: string;
  readonly aggregator: string;
  /** Window of time to query, in whole seconds. */
  readonly windowSeconds: number;
  /** Time for the whole answer, in ms. */
  readonly timeoutMs: number;
}

const NS_PER_SECOND = 1_000_000_000n;

/**
 * Checks what the fields of a spec mean together, with the reference's words. Absent fields get the defaults that the
 * API server of a cluster would fill in.
 * @throws ProviderError (`invalidSpec`)
 */
export function checkSpec(spec: DatadogMetric): CheckedSpec {
  const { query = '', queries = {}, formula = '', aggregator = '' } = spec;
  const apiVersion = spec.apiVersion || 'v1';
  const names = Object.keys(queries).length;
  if (query === '' && names === 0) throw review('Must have either a query or queries.');
  if (query !== '' && names > 0) throw review('Cannot have both a query and queries.');
  if (apiVersion === 'v1' && query === '') {
    throw invalid(
      'Query is empty. API Version v1 only supports using the query parameter in your Analysis Template.',
    );
  }
  if (formula !== '' && names === 0) throw review('Formula are only valid when queries are set.');
  if (formula === '' && names > 1)
    throw invalid('When multiple queries are provided you must include a formula.');
  if (apiVersion === 'v1' && aggregator !== '') throw review('Aggregator is not supported in v1.');
  return {
    apiVersion,
    queries: query === '' ? queries : { query },
    formula,
    aggregator: aggregator || 'last',
    timeoutMs: timeoutOf(spec),
    windowSeconds: windowOf(spec),
  };
}

function timeoutOf({ requestTimeout }: DatadogMetric): number {
  let timeoutMs: number;
  try {
    timeoutMs = goDurationMs(requestTimeout || '10s');
  } catch (error) {
    throw review(`Could not parse the request timeout: ${errorText(error)}.`, error);
  }
  if (timeoutMs > 0) return timeoutMs;
  throw review('Request timeout must be a positive duration (e.g. 30s).');
}

function windowOf({ interval }: DatadogMetric): number {
  try {
    return Number(parseGoDuration(interval ?? '5m') / NS_PER_SECOND);
  } catch (error) {
    throw invalid(errorText(error), error);
  }
}

const invalid = (message: string, cause?: unknown): ProviderError =>
  new ProviderError('invalidSpec', message, { cause });
const review = (fault: string, cause?: unknown): ProviderError =>
  invalid(`${fault} Please review the Analysis Template.`, cause);
