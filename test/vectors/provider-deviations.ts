import { isDeepStrictEqual } from 'node:util';
import { fieldOf, lastAnswer } from './field-of.js';
import type { Difference } from './deviations.js';

/** Datadog's API versions, and the window that a cluster fills in, in seconds. */
const API_VERSIONS: readonly unknown[] = ['v1', 'v2'];
const DEFAULT_WINDOW = 300;

/** A metric that the schema of the resource refuses, so that a cluster never has it. The recording does not look at it. */
export function isRefusedByTheSchema({ input, actual }: Difference): boolean {
  const apiVersion = fieldOf(input, 'metric', 'provider', 'datadog', 'apiVersion');
  return (
    apiVersion !== undefined &&
    !API_VERSIONS.includes(apiVersion) &&
    isDeepStrictEqual(actual['refused'], ['spec.metrics[0].provider.datadog.apiVersion'])
  );
}

/** A Datadog spec without the fields that a cluster fills in: ours fills them in too, which the request shows. */
export function hasDefaultsOfTheCluster({ input, actual }: Difference): boolean {
  const spec = fieldOf(input, 'metric', 'provider', 'datadog');
  const [apiVersion, interval] = [fieldOf(spec, 'apiVersion'), fieldOf(spec, 'interval')];
  const request = fieldOf(actual, 'requests', 0);
  const window = Number(fieldOf(request, 'query', 'to')) - Number(fieldOf(request, 'query', 'from'));
  return (
    spec !== undefined &&
    (apiVersion === undefined || (apiVersion === 'v1' && interval === undefined)) &&
    fieldOf(request, 'method') === 'GET' &&
    String(fieldOf(request, 'path')).endsWith('/api/v1/query') &&
    (interval !== undefined || window === DEFAULT_WINDOW)
  );
}

/** The newest point of Datadog's API v1 is null: nil in ours, so that a condition must provide for it; 0 in the reference. */
export function isPointWithoutValue({ input, expected, actual }: Difference): boolean {
  const points = fieldOf(lastAnswer(input), 'series', 0, 'pointlist');
  const newest: unknown = Array.isArray(points) ? points.at(-1) : undefined;
  const judged = { phase: '', value: '', message: '' };
  return (
    fieldOf(input, 'metric', 'provider', 'datadog', 'apiVersion') === 'v1' &&
    fieldOf(newest, 1) === null &&
    expected['value'] === '0' &&
    (actual['value'] === 'null' || actual['phase'] === 'Error') &&
    isDeepStrictEqual({ ...expected, ...judged }, { ...actual, ...judged })
  );
}

/** A series of Wavefront without points, or a point without a value: an Error in ours; 0 in the reference. */
export function isSeriesWithoutPoints({ input, expected, actual }: Difference): boolean {
  const series = fieldOf(lastAnswer(input), 'timeseries');
  const isEmpty = (each: unknown): boolean => {
    const data = fieldOf(each, 'data');
    return !Array.isArray(data) || data.length === 0 || data.some((point) => fieldOf(point, 1) === null);
  };
  return (
    fieldOf(input, 'metric', 'provider', 'wavefront') !== undefined &&
    Array.isArray(series) &&
    series.some(isEmpty) &&
    actual['phase'] === 'Error' &&
    isDeepStrictEqual(expected['requests'], actual['requests'])
  );
}
