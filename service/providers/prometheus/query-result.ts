import type { TypedValue } from '../../condition/index.js';
import { ProviderError } from '../provider-error.js';
import { formatSampleValue, parseSampleValue } from './sample-value.js';

/** What a query found: the value for conditions, and as the status shows it. */
export interface QueryResult {
  readonly value: TypedValue;
  readonly text: string;
}

/**
 * `data` of an answer as a value: a scalar is a number; a vector, and a matrix series by series, are a list of numbers.
 * Every sample must be there and be a number: one that is not is an error and never a value, nor left out.
 * @throws ProviderError (`badResponse`)
 */
export function readQueryResult(data: unknown): QueryResult {
  const type = field(data, 'resultType');
  const result = field(data, 'result');
  switch (type) {
    case 'scalar': {
      const value = readPoint(result, 'scalar');
      return { value: { type: 'float64', value }, text: formatSampleValue(value) };
    }
    case 'vector':
      return list(readList(result, 'vector').map((sample) => readPoint(field(sample, 'value'), 'vector')));
    case 'matrix':
      return list(readList(result, 'matrix').flatMap(readSeries));
    case 'string':
      throw new ProviderError('badResponse', 'Prometheus metric type not supported');
    default:
      throw malformed(`unknown value type ${JSON.stringify(type ?? null)}`);
  }
}

const list = (values: readonly number[]): QueryResult => ({
  value: { type: 'float64[]', value: values },
  text: `[${values.map(formatSampleValue).join(',')}]`,
});

function readSeries(series: unknown): readonly number[] {
  const histograms = field(series, 'histograms');
  if (Array.isArray(histograms) && histograms.length > 0)
    throw malformed('matrix: histograms are no numbers');
  return readList(field(series, 'values'), 'matrix').map((point) => readPoint(point, 'matrix'));
}

function readList(value: unknown, what: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw malformed(`${what}: the result is no list`);
}

/** The number of `[timestamp, "number"]`. */
function readPoint(point: unknown, what: string): number {
  const [time, text, ...rest] = Array.isArray(point) ? readList(point, what) : [];
  if (time === undefined || text === undefined || rest.length > 0) {
    throw malformed(`${what}: a sample is not [timestamp, "value"] (native histograms have no single value)`);
  }
  if (typeof time !== 'number') throw malformed(`${what}: the timestamp of a sample is no number`);
  const value = typeof text === 'string' ? parseSampleValue(text) : undefined;
  if (value === undefined) {
    throw malformed(`${what}: strconv.ParseFloat: parsing ${JSON.stringify(text)}: invalid syntax`);
  }
  return value;
}

const malformed = (what: string): ProviderError => new ProviderError('badResponse', `bad_response: ${what}`);

/** A member of a JSON object; undefined for anything else. */
export function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? Object.getOwnPropertyDescriptor(value, name)?.value
    : undefined;
}
