import {
  checkMembers,
  type GoStruct,
  listOf,
  listWith,
  mapWith,
  member,
  numberOf,
  structOf,
  textOf,
  wholeOf,
} from '../go-struct.js';
import { ProviderError } from '../provider-error.js';

/** A point of a series: its time, epoch seconds, and its value; undefined: it has none. */
export interface Point {
  readonly atSeconds: number;
  readonly value: number | undefined;
}

/** What a query found. */
export interface Chart {
  /** The points of each series. */
  readonly series: readonly (readonly Point[])[];
  /** Warnings of the server, one text; empty: none. */
  readonly warnings: string;
}

/**
 * The answer of the chart API. Points are `[time, value]`; as in the reference's client a time of null is 0.
 * @throws ProviderError (`badResponse`)
 */
export function readChart(answer: GoStruct): Chart {
  checkMembers(answer, UNREAD);
  const series = (listOf(member(answer, 'timeseries'), 'timeseries') ?? []).map((each) => {
    const one = structOf(each, 'a series');
    checkMembers(one, UNREAD_OF_A_SERIES);
    return (listOf(member(one, 'data'), 'the data of a series') ?? []).map((point) => {
      const [at, value] = (listOf(point, 'a point of a series') ?? []).map(
        (part) => numberOf(part, PART) ?? null,
      );
      if (at === undefined) {
        throw new ProviderError('badResponse', 'a point in the response from Wavefront is not [time, value]');
      }
      return { atSeconds: at ?? 0, value: value ?? undefined };
    });
  });
  return { series, warnings: textOf(member(answer, 'warnings'), 'warnings') };
}

/** What Wavefront's client has beside what is read. */
const UNREAD = {
  query: textOf,
  stats: mapWith(wholeOf),
  name: textOf,
  granularity: wholeOf,
  hostsUsed: listWith(textOf),
  errorType: textOf,
  errorMessage: textOf,
};
const UNREAD_OF_A_SERIES = { label: textOf, host: textOf, tags: mapWith(textOf) };

/** What a point is made of, in errors. */
const PART = 'time and value of a point';

/** The point that is closest to a time; of two as close the first. Undefined: there is none. */
export function closest(points: readonly Point[], atSeconds: number): Point | undefined {
  const distance = (point: Point): number => Math.abs(point.atSeconds - atSeconds);
  return points.reduce<Point | undefined>(
    (best, point) => (best === undefined || distance(point) < distance(best) ? point : best),
    undefined,
  );
}
