import { type Civil, civilOf, unixSeconds } from './go-civil.js';
import { isFraction, layoutChunks, MONTHS, WEEKDAYS } from './go-layout.js';
import type { GoTime } from './values.js';

/** Time.Format for any Go layout. */
export function formatTime(time: GoTime, layout: string): string {
  const civil = civilOf(time);
  let out = '';
  for (const { literal, element } of layoutChunks(layout))
    out += literal + formatElement(element, civil, time);
  return out;
}

/** Time.String(). */
export function timeString(time: GoTime): string {
  return formatTime(time, '2006-01-02 15:04:05.999999999 -0700 MST');
}

function formatElement(element: string, civil: Civil, time: GoTime): string {
  const field = FIELDS[element];
  if (field !== undefined) return field(civil);
  if (isFraction(element)) return fraction(element, civil.nanosecond);
  if (element === 'MST') return abbreviation(civil, time);
  return element === '' ? '' : zoneOffset(element, civil.offset);
}

const hour12 = ({ hour }: Civil): number => hour % 12 || 12;

const FIELDS: Readonly<Record<string, ((civil: Civil) => string) | undefined>> = {
  '2006': ({ year }) => padded(year, 4),
  '06': ({ year }) => padded(Math.max(year, 0) % 100, 2),
  January: ({ month }) => MONTHS[month - 1] ?? '',
  Jan: ({ month }) => (MONTHS[month - 1] ?? '').slice(0, 3),
  '01': ({ month }) => padded(month, 2),
  '1': ({ month }) => String(month),
  Monday: ({ weekday }) => WEEKDAYS[weekday] ?? '',
  Mon: ({ weekday }) => (WEEKDAYS[weekday] ?? '').slice(0, 3),
  '02': ({ day }) => padded(day, 2),
  '2': ({ day }) => String(day),
  _2: ({ day }) => String(day).padStart(2),
  '002': ({ yearDay }) => padded(yearDay, 3),
  __2: ({ yearDay }) => String(yearDay).padStart(3),
  '15': ({ hour }) => padded(hour, 2),
  '03': (civil) => padded(hour12(civil), 2),
  '3': (civil) => String(hour12(civil)),
  '04': ({ minute }) => padded(minute, 2),
  '4': ({ minute }) => String(minute),
  '05': ({ second }) => padded(second, 2),
  '5': ({ second }) => String(second),
  PM: ({ hour }) => (hour >= 12 ? 'PM' : 'AM'),
  pm: ({ hour }) => (hour >= 12 ? 'pm' : 'am'),
};

function padded(value: number, width: number): string {
  return value < 0 ? `-${String(-value).padStart(width, '0')}` : String(value).padStart(width, '0');
}

/** `.000` prints that many digits, `.999` up to that many without trailing zeros. */
function fraction(element: string, nanosecond: number): string {
  const digits = String(nanosecond)
    .padStart(9, '0')
    .padEnd(element.length - 1, '0')
    .slice(0, element.length - 1);
  if (element[1] === '0') return `${element[0] ?? ''}${digits}`;
  const trimmed = digits.replace(/0+$/, '');
  return trimmed === '' ? '' : `${element[0] ?? ''}${trimmed}`;
}

/** `-0700`, `Z07:00`, `-07:00:00`, … The Z forms print Z for UTC. */
function zoneOffset(element: string, offset: number): string {
  if (element.startsWith('Z') && offset === 0) return 'Z';
  const size = Math.abs(offset);
  const minutes = Math.floor(size / 60);
  const colon = element.includes(':') ? ':' : '';
  // Go takes the sign of whole minutes: less than a minute west has a plus.
  let out = offset <= -60 ? '-' : '+';
  out += padded(Math.floor(minutes / 60), 2);
  if (element.length > 3) out += colon + padded(minutes % 60, 2);
  if (element.length > 6) out += colon + padded(size % 60, 2);
  return out;
}

/** The abbreviation of the zone; a bare offset has none and prints as a number. */
function abbreviation(civil: Civil, time: GoTime): string {
  return time.zone.at(Number(unixSeconds(time))).abbreviation || zoneOffset('-0700', civil.offset);
}
