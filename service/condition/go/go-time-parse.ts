import { daysIn, isLeap, timeOf } from './go-civil.js';
import { GoError, quoteBytes } from './go-error.js';
import { isFraction, layoutChunks, MONTHS, WEEKDAYS } from './go-layout.js';
import { utf8Encode } from './utf8.js';
import { GoTime } from './values.js';
import { Zone } from './zone.js';

/** What has been read of a time so far; absent fields are undefined. */
interface Parsed {
  year: number;
  month?: number;
  day?: number;
  yearDay?: number;
  hour: number;
  minute: number;
  second: number;
  nanosecond: number;
  half?: 'AM' | 'PM';
  utc: boolean;
  offset?: number;
  zoneName: string;
}

/** Why an element could not be read: `bad` text, or a value that is out of range. */
class Unreadable extends Error {
  readonly out: string;
  constructor(out = '') {
    super(out);
    this.out = out;
  }
}

/**
 * time.Parse, or with a zone time.ParseInLocation: `value` by a Go layout. Throws GoError with Go's whole text.
 * Both texts are read as bytes (one character a byte), as Go does.
 */
export function parseTime(layout: string, value: string, zone: Zone = Zone.utc): GoTime {
  const input = new Input(value);
  const fail = (message: string): never => {
    throw new GoError(`parsing time ${quoted(input.all)}${message}`);
  };
  const layoutBytes = binary(layout);
  const cannot = (rest: string, part: string): never =>
    fail(` as ${quoted(layoutBytes)}: cannot parse ${quoted(rest)} as ${quoted(part)}`);
  const parsed: Parsed = { year: 0, hour: 0, minute: 0, second: 0, nanosecond: 0, utc: false, zoneName: '' };
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

function assemble(parsed: Parsed, zone: Zone, fail: (message: string) => never): GoTime {
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
function dateOf(parsed: Parsed, fail: (message: string) => never): { month: number; day: number } {
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
  input: Input,
  parsed: Parsed,
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

function readFraction(element: string, input: Input, parsed: Parsed): void {
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

/** The first nine digits after the point. */
function nanoseconds(text: string): number {
  return Number(text.slice(1, 10).padEnd(9, '0'));
}

const OFFSET_DIGITS: Readonly<Record<string, RegExp | undefined>> = {
  '07': /^(.)(..)/s,
  '0700': /^(.)(..)(..)/s,
  '07:00': /^(.)(..):(..)/s,
  '070000': /^(.)(..)(..)(..)/s,
  '07:00:00': /^(.)(..):(..):(..)/s,
};

function readOffset(element: string, input: Input, parsed: Parsed): void {
  if (element.startsWith('Z') && input.rest.startsWith('Z')) {
    input.take(/^Z/);
    parsed.utc = true;
    return;
  }
  const match = OFFSET_DIGITS[element.slice(1)]?.exec(input.rest);
  if (match === null || match === undefined) throw new Unreadable();
  const [text, sign, ...parts] = match;
  const read: number[] = [];
  for (const part of parts) {
    if (!/^\d\d$/.test(part)) break;
    read.push(Number(part));
  }
  input.advance(text.length);
  const [hours = 0, minutes = 0, seconds = 0] = read;
  // A range that is passed wins over digits that are missing; the last one tells. 24 hours and 60 minutes are taken.
  if (seconds > 60) throw new Unreadable('time zone offset second');
  if (minutes > 60) throw new Unreadable('time zone offset minute');
  if (hours > 24) throw new Unreadable('time zone offset hour');
  if (read.length < parts.length || (sign !== '+' && sign !== '-')) throw new Unreadable();
  const offset = (hours * 60 + minutes) * 60 + seconds;
  // -00:00:01 west is how Go marks "no offset".
  if (sign === '-' && offset === 1) return;
  parsed.offset = sign === '-' && offset !== 0 ? -offset : offset;
}

function readZoneName(input: Input, parsed: Parsed): void {
  if (input.rest.startsWith('UTC')) {
    input.take(/^UTC/);
    parsed.utc = true;
    return;
  }
  parsed.zoneName = zoneNameAt(input.rest);
  if (parsed.zoneName === '') throw new Unreadable();
  input.advance(parsed.zoneName.length);
}

/** An abbreviation: `GMT-3`, `+03`, or three to five capitals (four and five end in T, but for WITA). */
function zoneNameAt(text: string): string {
  if (text.length < 3) return '';
  const offset = (from: number): string => {
    const digits = /^[+-]\d+/.exec(text.slice(from))?.[0] ?? '';
    return digits !== '' && Number(digits.slice(1)) <= 23 ? digits : '';
  };
  const special = /^(?:ChST|MeST)/.exec(text)?.[0];
  if (special !== undefined) return special;
  if (text.startsWith('GMT')) return `GMT${offset(3)}`;
  if (/^[+-]/.test(text)) return offset(0);
  const capitals = /^[A-Z]*/.exec(text)?.[0] ?? '';
  return /^(?:[A-Z]{3}|[A-Z]{3}T|WITA|[A-Z]{4}T)$/.test(capitals) ? capitals : '';
}

/** The value being read, one character a byte. */
class Input {
  readonly all: string;
  rest: string;

  constructor(text: string) {
    this.all = binary(text);
    this.rest = this.all;
  }

  advance(length: number): void {
    this.rest = this.rest.slice(length);
  }

  take(pattern: RegExp): string {
    const text = pattern.exec(this.rest)?.[0];
    if (text === undefined) throw new Unreadable();
    this.advance(text.length);
    return text;
  }

  /** Literal text of the layout: a run of spaces matches any run of spaces, also none at the end. */
  skip(literal: string): boolean {
    for (let at = 0; at < literal.length; ) {
      if (literal[at] === ' ') {
        if (this.rest !== '' && !this.rest.startsWith(' ')) return false;
        while (literal[at] === ' ') at += 1;
        this.rest = this.rest.replace(/^ +/, '');
        continue;
      }
      if (this.rest[0] !== literal[at]) return false;
      this.advance(1);
      at += 1;
    }
    return true;
  }

  skipSpaces(most: number): void {
    for (let i = 0; i < most && this.rest.startsWith(' '); i++) this.advance(1);
  }

  /** One or two digits (two when fixed); a value out of range is told by its name. */
  number(fixed: boolean, low: number, high: number, what: string): number {
    const value = Number(this.take(fixed ? /^\d\d/ : /^\d\d?/));
    if (value < low || value > high) throw new Unreadable(what);
    return value;
  }

  /** So many characters as an integer that may have a sign. */
  signed(length: number): number {
    const text = this.rest.slice(0, length);
    if (text.length < length || !/^[+-]?\d*$/.test(text)) throw new Unreadable();
    this.advance(length);
    return Number(text);
  }

  /** The place of a name in a list, in any letter case. */
  name(names: readonly string[]): number {
    const lower = this.rest.toLowerCase();
    const index = names.findIndex((name) => lower.startsWith(name.toLowerCase()));
    if (index < 0) throw new Unreadable();
    this.advance(names[index]?.length ?? 0);
    return index;
  }

  /** A fraction of a second in nanoseconds, when there is one. */
  optionalFraction(): number | undefined {
    return /^[.,]\d/.test(this.rest) ? nanoseconds(this.take(/^[.,]\d+/)) : undefined;
  }
}

/** One character a byte of the Go string. */
function binary(text: string): string {
  let out = '';
  for (const byte of utf8Encode(text)) out += String.fromCharCode(byte);
  return out;
}

function quoted(bytes: string): string {
  return quoteBytes(Array.from(bytes, (char) => char.charCodeAt(0)));
}
