import { GoTime } from './values.js';
import type { Zone } from './zone.js';

const NS = 1_000_000_000n;
const DAY = 86_400;

/** The fields that a clock and a calendar on the wall show. */
export interface Civil {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly nanosecond: number;
  /** 0 is Sunday. */
  readonly weekday: number;
  /** 1 to 366. */
  readonly yearDay: number;
  /** Seconds east of UTC. */
  readonly offset: number;
}

/** Whole seconds since the epoch, rounded down. */
export function unixSeconds(time: GoTime): bigint {
  const seconds = time.unixNs / NS;
  return seconds * NS > time.unixNs ? seconds - 1n : seconds;
}

/** A time as the wall of its zone shows it, in the proleptic Gregorian calendar. */
export function civilOf(time: GoTime): Civil {
  const unix = unixSeconds(time);
  const offset = time.zone.offsetAt(Number(unix));
  const local = Number(unix) + offset;
  const days = Math.floor(local / DAY);
  const inDay = local - days * DAY;
  const { year, month, day } = dateOfDays(days);
  return {
    year,
    month,
    day,
    hour: Math.floor(inDay / 3600),
    minute: Math.floor(inDay / 60) % 60,
    second: inDay % 60,
    nanosecond: Number(time.unixNs - unix * NS),
    weekday: (((days + 4) % 7) + 7) % 7,
    yearDay: days - daysOfDate(year, 1, 1) + 1,
    offset,
  };
}

/** The fields of `timeOf`; each may be out of its range and is carried over, as in Go's time.Date. */
export interface CivilFields {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly nanosecond: number;
}

/** time.Date: of a wall time that does not exist or exists twice, one of the two offsets around is taken. */
export function timeOf(fields: CivilFields, zone: Zone): GoTime {
  const months = fields.year * 12 + fields.month - 1;
  const year = Math.floor(months / 12);
  const days = daysOfDate(year, months - year * 12 + 1, 1) + fields.day - 1;
  const local = days * DAY + fields.hour * 3600 + fields.minute * 60 + fields.second;
  const first = zone.offsetAt(local);
  const offset = first === 0 ? 0 : zone.offsetAt(local - first);
  return new GoTime(BigInt(local - offset) * NS + BigInt(fields.nanosecond), zone);
}

/** Leap year of the Gregorian calendar. */
export function isLeap(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

const MONTH_DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const;

/** Number of days of a month (1 to 12). */
export function daysIn(month: number, year: number): number {
  return month === 2 && isLeap(year) ? 29 : (MONTH_DAYS[month - 1] ?? 0);
}

/** Days since 1970-01-01. Years are counted from March, so that the leap day is the last of its year. */
function daysOfDate(year: number, month: number, day: number): number {
  const marchYear = month <= 2 ? year - 1 : year;
  const era = Math.floor(marchYear / 400);
  const yearOfEra = marchYear - era * 400;
  const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

function dateOfDays(days: number): { year: number; month: number; day: number } {
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const march = Math.floor((5 * dayOfYear + 2) / 153);
  const month = march < 10 ? march + 3 : march - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  return { year, month, day: dayOfYear - Math.floor((153 * march + 2) / 5) + 1 };
}
