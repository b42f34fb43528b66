import { formatGoFloat } from '../../condition/index.js';
import { encodeGoJson } from '../go-json.js';
import { type GoStruct, listOf, member, numberOf, structOf } from '../go-struct.js';
import type { ValueReading } from '../provider.js';
import { ProviderError } from '../provider-error.js';

/** Points of a series, oldest first; undefined: it has no list of them. Each is `[time, value]`; null: it is none. */
type Points = readonly (readonly (number | undefined)[] | null)[] | undefined;

/**
 * The value of an answer of API v1: the newest point of the first series. No series, no points, and a point without a
 * value are no data: a nil number, for which a condition must provide.
 * @throws ProviderError (`badResponse`)
 */
export function readSeriesAnswer(answer: GoStruct): ValueReading {
  const series = listOf(member(answer, 'series'), 'series')?.map((each) =>
    pointsOf(structOf(each, 'a series')),
  );
  const newest = series?.[0]?.at(-1);
  if (newest === undefined) return noData(textOf(series));
  if (newest?.length !== 2) throw new ProviderError('badResponse', 'Datapoint does not have 2 values');
  const value = newest[1];
  // The reference takes it for 0, which passes where few errors are wanted: nothing was measured, so nothing may pass.
  if (value === undefined) return noData('null');
  return { kind: 'value', value: { type: 'float64', value }, text: formatGoFloat(value, 'f') };
}

/** A value that conditions see as nil, with what the status shows. */
export const noData = (text: string): ValueReading => ({
  kind: 'value',
  value: { type: '*float64', value: null },
  text,
});

const pointsOf = (series: GoStruct): Points =>
  listOf(member(series, 'pointlist'), 'pointlist')?.map(
    (point) =>
      listOf(point, 'a point of pointlist')?.map((part) => numberOf(part, 'a number of pointlist')) ?? null,
  );

/** The series as the reference shows them when the first has no points. */
const textOf = (series: readonly Points[] | undefined): string =>
  encodeGoJson(
    series?.map((points) => ({
      pointlist: points?.map((point) => point?.map((part) => part ?? 0) ?? null) ?? null,
    })) ?? null,
  );
