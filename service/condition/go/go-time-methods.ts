import { type Civil, civilOf, timeOf, unixSeconds } from './go-civil.js';
import { saturated } from './go-duration-methods.js';
import { quote } from './go-error.js';
import { toJson } from './go-json.js';
import { MONTHS } from './go-layout.js';
import type { GoMethod } from './go-method.js';
import { formatTime, timeString } from './go-time-format.js';
import {
  bytesArgument,
  durationArgument,
  intArgument,
  locationArgument,
  stringArgument,
  timeArgument,
} from './method-arguments.js';
import { utf8Encode } from './utf8.js';
import { bytesSlice, GoDuration, GoInteger, GoLocation, GoTime } from './values.js';
import { Zone } from './zone.js';

/** Go's zero time, 0001-01-01 00:00 UTC: what Truncate and Round count from. */
const ZERO_NS = -62_135_596_800n * 1_000_000_000n;

type Call = (time: GoTime, args: readonly unknown[]) => unknown;

function method(params: readonly string[], result: string, call: Call): GoMethod {
  return { params, result, call: (receiver, args) => call(timeArgument(receiver), args) };
}
const getter = (result: string, call: (time: GoTime) => unknown): GoMethod => method([], result, call);
const field = (read: (civil: Civil) => number): GoMethod =>
  getter('int', (time) => BigInt(read(civilOf(time))));
const int64 = (call: (time: GoTime) => bigint): GoMethod =>
  getter('int64', (time) => new GoInteger('int64', BigInt.asIntN(64, call(time))));
const moved = (time: GoTime, ns: bigint): GoTime => new GoTime(time.unixNs + ns, time.zone);

/** Negative, zero or positive: the order of two instants. */
function compare(a: GoTime, b: GoTime): number {
  return a.unixNs < b.unixNs ? -1 : a.unixNs > b.unixNs ? 1 : 0;
}
const comparison = (result: string, judge: (order: number) => unknown): GoMethod =>
  method(['time.Time'], result, (time, [other]) => judge(compare(time, timeArgument(other))));

/** Moves to a multiple of the step, counted from the zero time; `up` says when to take the next one. */
function toMultiple(up: (rest: bigint, step: bigint) => boolean): GoMethod {
  return method(['time.Duration'], 'time.Time', (time, [step]) => {
    const size = durationArgument(step).ns;
    if (size <= 0n) return time;
    const rest = (((time.unixNs - ZERO_NS) % size) + size) % size;
    return moved(time, up(rest, size) ? size - rest : -rest);
  });
}

function addDate(time: GoTime, [years, months, days]: readonly unknown[]): GoTime {
  const civil = civilOf(time);
  return timeOf(
    {
      ...civil,
      year: civil.year + Number(intArgument(years)),
      month: civil.month + Number(intArgument(months)),
      day: civil.day + Number(intArgument(days)),
    },
    time.zone,
  );
}

/** The year that the Thursday of this week belongs to. */
function isoYear(time: GoTime): number {
  const civil = civilOf(time);
  const toThursday = 4 - (civil.weekday || 7);
  return civilOf(timeOf({ ...civil, day: civil.day + toThursday }, Zone.utc)).year;
}

/** A method of several results, of which a condition sees the first. */
const several = (results: readonly string[], call: (time: GoTime) => unknown): GoMethod => ({
  ...method([], results[0] ?? '', call),
  results,
});

/** As JSON has it, without the quotes. */
const rfc3339 = (time: GoTime): string => toJson(time).slice(1, -1);

/** A method that appends a text to the bytes it is given. */
function appending(
  params: readonly string[],
  textOf: (time: GoTime, args: readonly unknown[]) => string,
): GoMethod {
  return method(['[]uint8', ...params], '[]uint8', (time, [bytes, ...args]) =>
    bytesSlice(Uint8Array.from([...bytesArgument(bytes), ...utf8Encode(textOf(time, args))])),
  );
}

/** A time as Go code. */
function goString(time: GoTime): string {
  const { year, month, day, hour, minute, second, nanosecond } = civilOf(time);
  const place = time.zone === Zone.utc ? 'time.UTC' : `time.Location(${quote(time.zone.name)})`;
  return `time.Date(${year}, time.${MONTHS[month - 1] ?? ''}, ${day}, ${hour}, ${minute}, ${second}, ${nanosecond}, ${place})`;
}

const zoneAt = (time: GoTime): ReturnType<Zone['at']> => time.zone.at(Number(unixSeconds(time)));

/** Methods of time.Time by name. */
export const timeMethods: ReadonlyMap<string, GoMethod> = new Map([
  ['Add', method(['time.Duration'], 'time.Time', (time, [span]) => moved(time, durationArgument(span).ns))],
  ['AddDate', method(['int', 'int', 'int'], 'time.Time', addDate)],
  ['After', comparison('bool', (order) => order > 0)],
  ['AppendFormat', appending(['string'], (time, [layout]) => formatTime(time, stringArgument(layout)))],
  ['AppendText', { ...appending([], rfc3339), results: ['[]uint8', 'error'] }],
  ['Before', comparison('bool', (order) => order < 0)],
  ['Clock', several(['int', 'int', 'int'], (time) => BigInt(civilOf(time).hour))],
  ['Compare', comparison('int', (order) => BigInt(order))],
  ['Date', several(['int', 'time.Month', 'int'], (time) => BigInt(civilOf(time).year))],
  ['Day', field(({ day }) => day)],
  ['Equal', comparison('bool', (order) => order === 0)],
  ['Format', method(['string'], 'string', (time, [layout]) => formatTime(time, stringArgument(layout)))],
  ['GoString', getter('string', goString)],
  ['Hour', field(({ hour }) => hour)],
  ['ISOWeek', several(['int', 'int'], (time) => BigInt(isoYear(time)))],
  [
    'In',
    method(
      ['*time.Location'],
      'time.Time',
      (time, [zone]) => new GoTime(time.unixNs, locationArgument(zone).zone),
    ),
  ],
  ['IsDST', getter('bool', (time) => time.zone.isDst(Number(unixSeconds(time))))],
  ['IsZero', getter('bool', (time) => time.unixNs === ZERO_NS)],
  ['Local', getter('time.Time', (time) => new GoTime(time.unixNs, Zone.utc))],
  ['Location', getter('*time.Location', (time) => new GoLocation(time.zone))],
  ['MarshalJSON', several(['[]uint8', 'error'], (time) => bytesSlice(utf8Encode(toJson(time))))],
  ['MarshalText', several(['[]uint8', 'error'], (time) => bytesSlice(utf8Encode(rfc3339(time))))],
  ['Minute', field(({ minute }) => minute)],
  ['Month', getter('time.Month', (time) => new GoInteger('time.Month', BigInt(civilOf(time).month)))],
  ['Nanosecond', field(({ nanosecond }) => nanosecond)],
  ['Round', toMultiple((rest, step) => rest * 2n >= step)],
  ['Second', field(({ second }) => second)],
  ['String', getter('string', timeString)],
  [
    'Sub',
    method(
      ['time.Time'],
      'time.Duration',
      (time, [other]) => new GoDuration(saturated(time.unixNs - timeArgument(other).unixNs)),
    ),
  ],
  ['Truncate', toMultiple(() => false)],
  ['UTC', getter('time.Time', (time) => new GoTime(time.unixNs, Zone.utc))],
  ['Unix', int64(unixSeconds)],
  ['UnixMicro', int64((time) => floorDivide(time.unixNs, 1_000n))],
  ['UnixMilli', int64((time) => floorDivide(time.unixNs, 1_000_000n))],
  ['UnixNano', int64((time) => time.unixNs)],
  ['Weekday', getter('time.Weekday', (time) => new GoInteger('time.Weekday', BigInt(civilOf(time).weekday)))],
  ['Year', field(({ year }) => year)],
  ['YearDay', field(({ yearDay }) => yearDay)],
  ['Zone', several(['string', 'int'], (time) => zoneAt(time).abbreviation)],
]);

function floorDivide(value: bigint, by: bigint): bigint {
  const quotient = value / by;
  return quotient * by > value ? quotient - 1n : quotient;
}
