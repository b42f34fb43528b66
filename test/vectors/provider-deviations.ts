import { isDeepStrictEqual } from 'node:util';
import type { Difference } from './deviations.js';
import { fieldOf, lastAnswer } from './field-of.js';

type Fields = Readonly<Record<string, unknown>>;

/** Whether two outcomes are the same but for some fields. */
export const isSameBut = (a: Fields, b: Fields, ...names: readonly string[]): boolean => {
  const ignored = Object.fromEntries(names.map((name) => [name, undefined]));
  return isDeepStrictEqual({ ...a, ...ignored }, { ...b, ...ignored });
};

/**
 * A metric that the schema of the resource refuses, so that a cluster never has it. The recording does not look at it;
 * measured without the schema, ours does as recorded.
 */
export function isRefusedByTheSchema({ expected, actual, twins }: Difference): boolean {
  const paths: readonly unknown[] = Array.isArray(actual['refused']) ? actual['refused'] : [];
  return (
    paths.length > 0 &&
    paths.every((path) => String(path).startsWith('spec.metrics[0].provider.')) &&
    isDeepStrictEqual(expected, twins['unchecked'])
  );
}

/**
 * A Datadog spec without the fields that a cluster fills in. Ours does as if they were there; the recording has no
 * interval, which is an error, and takes no version for v2 at the address of v1.
 */
export function hasDefaultsOfTheCluster({ input, expected, actual, twins }: Difference): boolean {
  const spec = fieldOf(input, 'metric', 'provider', 'datadog');
  const [apiVersion, interval] = [fieldOf(spec, 'apiVersion'), fieldOf(spec, 'interval')];
  if (spec === undefined || (apiVersion !== undefined && interval !== undefined)) return false;
  const message = 'time: invalid duration ""';
  const isAsRecorded =
    interval === undefined
      ? isDeepStrictEqual(expected, { ...expected, ...ERROR, message, requests: [] })
      : isDeepStrictEqual(expected, atAddressOfV1(twins['v2'] ?? {}));
  return isAsRecorded && isDeepStrictEqual(actual, twins['filled']);
}

const ERROR = { phase: 'Error', value: undefined, metadata: {}, finished: true };

function atAddressOfV1(outcome: Fields): Fields {
  const requests: readonly unknown[] = Array.isArray(outcome['requests']) ? outcome['requests'] : [];
  return {
    ...outcome,
    requests: requests.map((request) =>
      typeof request === 'object' && request !== null && 'path' in request
        ? { ...request, path: String(request.path).replace(/\/api\/v2\/query\/scalar$/, '/api/v1/query') }
        : request,
    ),
  };
}

/** The newest point of Datadog's API v1 is null: nil in ours, so that a condition must provide for it; 0 in the reference. */
export function isPointWithoutValue({ input, expected, actual, twins }: Difference): boolean {
  const points = fieldOf(lastAnswer(input), 'series', 0, 'pointlist');
  const newest: unknown = Array.isArray(points) ? points.at(-1) : undefined;
  const { zero, none } = twins;
  if (fieldOf(newest, 1) !== null || zero === undefined || none === undefined) return false;
  const shown = none['value'] === undefined ? undefined : 'null';
  return isDeepStrictEqual(expected, zero) && isDeepStrictEqual(actual, { ...none, value: shown });
}

/**
 * A series of Wavefront without points, or whose closest point has no value: an Error in ours; 0 in the reference, and
 * for no points at an impossible distance, which differs by machine.
 */
export function isSeriesWithoutPoints({ input, expected, actual, twins }: Difference): boolean {
  const list = fieldOf(lastAnswer(input), 'timeseries');
  const nowSeconds = Number(fieldOf(expected, 'requests', 0, 'query', 's')) / 1000;
  const series = (Array.isArray(list) ? list : []).map((each: unknown) => {
    const data = fieldOf(each, 'data');
    return Array.isArray(data) ? data.filter((point: unknown) => Array.isArray(point)) : [];
  });
  const isWithout = series.map((points) => points.length === 0 || closestValue(points, nowSeconds) === null);
  const drifts = (outcome: Fields): readonly (string | undefined)[] =>
    partsOf(fieldOf(outcome, 'metadata', 'drift')).map((drift, at) =>
      series[at]?.length === 0 ? undefined : drift,
    );
  const { zero } = twins;
  return (
    isWithout.includes(true) &&
    zero !== undefined &&
    isSameBut(withoutDrift(expected), withoutDrift(zero)) &&
    isDeepStrictEqual(drifts(expected), drifts(zero)) &&
    /^(?:No points found in a TimeSeries|A point of a TimeSeries) from Wavefront/.test(
      String(actual['message']),
    ) &&
    isDeepStrictEqual(actual, {
      ...expected,
      phase: 'Error',
      value: undefined,
      message: actual['message'],
      metadata: warningsOf(expected),
    })
  );
}

/** The value of the point that is closest, the first of several; null where it has none. */
function closestValue(points: readonly (readonly unknown[])[], nowSeconds: number): unknown {
  const distance = ([at]: readonly unknown[]): number => Math.abs(Number(at ?? 0) - nowSeconds);
  const least = Math.min(...points.map(distance));
  return points.find((point) => distance(point) === least)?.[1] ?? null;
}

const partsOf = (list: unknown): readonly string[] =>
  String(list)
    .replace(/^\[|\]$/g, '')
    .split(',');

const withoutDrift = (outcome: Fields): Fields => {
  const metadata = fieldOf(outcome, 'metadata');
  return { ...outcome, metadata: { ...(typeof metadata === 'object' ? metadata : {}), drift: undefined } };
};

function warningsOf(outcome: Fields): Fields {
  const warnings = fieldOf(outcome, 'metadata', 'warnings');
  return warnings === undefined ? {} : { warnings };
}

/** A Flux result that ends with an error after some rows: an Error in ours, the rows before it in the reference. */
export function isBrokenOffResult({ input, expected, actual, twins }: Difference): boolean {
  return (
    input['group'] === 'influxdb' &&
    (isDeepStrictEqual(expected, twins['before']) || isDeepStrictEqual(expected, twins['repeated'])) &&
    /^the result broke off after [1-9]\d* row\(s\): ./.test(String(actual['message'])) &&
    isDeepStrictEqual(actual, { ...expected, phase: 'Error', value: undefined, message: actual['message'] })
  );
}
