import { daysIn, isLeap, timeOf } from './go-civil.js';
import { GoError, quoteBytes } from './go-error.js';
import { isFraction, layoutChunks, MONTHS, WEEKDAYS } from './go-layout.js';
import type { ParsedTime } from './parsed-time.js';
import { binary, nanoseconds, TimeInput, Unreadable } from './time-input.js';
import { readOffset, readZoneName } from './time-zone-input.js';
import { GoTime } from './values.js';
import { Zone } from './zone.js';

/**
 * time.Parse, or with a zone time.ParseInLocation: `value` by a Go layout. Throws GoError with Go's whole text.
 * Both texts are read as bytes (one character a byte), as Go does.
 */
export function parseTime(layout: string, value: string, zone: Zone = Zone.utc): GoTime {
  const input = new TimeInput(value);
  const fail = (message: string): never => {
    throw new GoError(`parsing time ${quoted(input.all)}${message}`);
  };
  const layoutBytes = binary(layout);
  const cannot = (rest: string, part: string): never =>
    fail(` as ${quoted(layoutBytes)}: cannot parse ${quoted(rest)} as ${quoted(part)}`);
  const parsed: ParsedTime = {
    year: 0,
    hour: 0,
    minute: 0,
    second: 0,
    nanosecond: 0,
    utc: false,
    zoneName: '',
  };
  const chunks = layoutChunks(layoutBytes);
  for (const [index, { literal, element }] of chunks.entries()) {
    if (!input.skip(literal)) cannot(input.rest, literal);
    if (element === '') {
      if (input.rest !== '') fail(`: extra text: ${quoted(input.rest)}`);
      break;
    }
    const hold = input.rest;
    try {
      readElement(element, chunks[index + 1], input, parsed);
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      if (error.out !== '') fail(`: ${error.out} out of range`);
      cannot(hold, element);
    }
  }
  return assemble(parsed, zone, fail);
}

function assemble(parsed: ParsedTime, zone: Zone, fail: (message: string) => never): GoTime {
  let { hour } = parsed;
  if (parsed.half === 'PM' && hour < 12) hour += 12;
  else if (parsed.half === 'AM' && hour === 12) hour = 0;
  const { month, day } = dateOf(parsed, fail);
  if (day < 1 || day > daysIn(month, parsed.year)) fail(': day out of range');
  const fields = { ...parsed, month, day, hour };
  if (parsed.utc) return timeOf(fields, Zone.utc);
  if (parsed.offset !== undefined) {
    const time = shifted(timeOf(fields, Zone.utc), parsed.offset);
    const here =
      zone === Zone.utc ? { offset: 0, abbreviation: 'UTC' } : zone.at(Number(time.unixNs / 1_000_000_000n));
    const local =
      here.offset === parsed.offset && (parsed.zoneName === '' || parsed.zoneName === here.abbreviation);
    return new GoTime(time.unixNs, local ? zone : Zone.fixed(parsed.zoneName, parsed.offset));
  }
  if (parsed.zoneName !== '') return inNamedZone(timeOf(fields, Zone.utc), parsed.zoneName, zone);
  return timeOf(fields, zone);
}

function shifted(time: GoTime, offset: number): GoTime {
  return new GoTime(time.unixNs - BigInt(offset) * 1_000_000_000n, time.zone);
}

/** An abbreviation that the zone does not know is a made-up zone whose offset is 0, but for `GMT+3`. */
function inNamedZone(time: GoTime, name: string, zone: Zone): GoTime {
  const known = zone.offsetOfName(name, Number(time.unixNs / 1_000_000_000n));
  if (known !== undefined) return new GoTime(shifted(time, known).unixNs, zone);
  const hours = name.length > 3 && name.startsWith('GMT') ? Number(name.slice(3)) : 0;
  return new GoTime(time.unixNs, Zone.fixed(name, hours * 3600));
}

/** Month and day, which a day of the year can stand for or must agree with. */
function dateOf(parsed: ParsedTime, fail: (message: string) => never): { month: number; day: number } {
  if (parsed.yearDay === undefined) return { month: parsed.month ?? 1, day: parsed.day ?? 1 };
  if (parsed.yearDay < 1 || parsed.yearDay > (isLeap(parsed.year) ? 366 : 365))
    fail(': day-of-year out of range');
  let month = 1;
  let day = parsed.yearDay;
  while (day > daysIn(month, parsed.year)) {
    day -= daysIn(month, parsed.year);
    month += 1;
  }
  if (parsed.month !== undefined && parsed.month !== month) fail(': day-of-year does not match month');
  if (parsed.day !== undefined && parsed.day !== day) fail(': day-of-year does not match day');
  return { month, day };
}

function readElement(
  element: string,
  next: { literal: string; element: string } | undefined,
  input: TimeInput,
  parsed: ParsedTime,
): void {
  if (isFraction(element)) {
    readFraction(element, input, parsed);
    return;
  }
  if (/^[-Z]07/.test(element)) {
    readOffset(element, input, parsed);
    return;
  }
  switch (element) {
    case '06':
      parsed.year = input.signed(2);
      parsed.year += parsed.year >= 69 ? 1900 : 2000;
      return;
    case '2006':
      if (!/^\d/.test(input.rest)) throw new Unreadable();
      parsed.year = input.signed(4);
      return;
    case 'January':
      parsed.month = input.name(MONTHS) + 1;
      return;
    case 'Jan':
      parsed.month = input.name(MONTHS.map((name) => name.slice(0, 3))) + 1;
      return;
    case '01':
    case '1':
      parsed.month = input.number(element === '01', 1, 12, 'month');
      return;
    case 'Monday':
      input.name(WEEKDAYS);
      return;
    case 'Mon':
      input.name(WEEKDAYS.map((name) => name.slice(0, 3)));
      return;
    case '02':
    case '_2':
    case '2':
      if (element === '_2') input.skipSpaces(1);
      parsed.day = input.number(element === '02', 0, 99, 'day');
      return;
    case '002':
    case '__2':
      if (element === '__2') input.skipSpaces(2);
      parsed.yearDay = Number(input.take(element === '002' ? /^\d{3}/ : /^\d{1,3}/));
      return;
    case '15':
      parsed.hour = input.number(false, 0, 23, 'hour');
      return;
    case '03':
    case '3':
      parsed.hour = input.number(element === '03', 0, 12, 'hour');
      return;
    case '04':
    case '4':
      parsed.minute = input.number(element === '04', 0, 59, 'minute');
      return;
    case '05':
    case '5':
      parsed.second = input.number(element === '05', 0, 59, 'second');
      // A fraction is read even when the layout does not ask for one.
      if (!isFractionNext(next)) parsed.nanosecond = input.optionalFraction() ?? parsed.nanosecond;
      return;
    case 'PM':
      parsed.half = input.take(/^[AP]M/) === 'PM' ? 'PM' : 'AM';
      return;
    case 'pm':
      parsed.half = input.take(/^[ap]m/) === 'pm' ? 'PM' : 'AM';
      return;
    default:
      readZoneName(input, parsed);
  }
}

function isFractionNext(next: { element: string } | undefined): boolean {
  return next !== undefined && isFraction(next.element);
}

function readFraction(element: string, input: TimeInput, parsed: ParsedTime): void {
  if (element[1] === '9') {
    parsed.nanosecond = input.optionalFraction() ?? parsed.nanosecond;
    return;
  }
  const text = input.rest.slice(0, element.length);
  if (text.length < element.length || !/^[.,]/.test(text)) throw new Unreadable();
  // Go reads the digits as an integer, so that a sign is read first and refused as a range.
  if (/^[.,][+-]\d*$/.test(text))
    throw text[1] === '-' && /[1-9]/.test(text) ? new Unreadable('fractional second') : new Unreadable();
  parsed.nanosecond = nanoseconds(input.take(new RegExp(`^[.,]\\d{${element.length - 1}}`)));
}

function quoted(bytes: string): string {
  return quoteBytes(Array.from(bytes, (char) => char.charCodeAt(0)));
}
