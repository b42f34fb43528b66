import type { ParsedTime } from './parsed-time.js';
import { type TimeInput, Unreadable } from './time-input.js';

const OFFSET_DIGITS: Readonly<Record<string, RegExp | undefined>> = {
  '07': /^(.)(..)/s,
  '0700': /^(.)(..)(..)/s,
  '07:00': /^(.)(..):(..)/s,
  '070000': /^(.)(..)(..)(..)/s,
  '07:00:00': /^(.)(..):(..):(..)/s,
};

/** Reads a numeric offset: `-0700`, `Z07:00`, … The Z forms take Z for UTC. */
export function readOffset(element: string, input: TimeInput, parsed: ParsedTime): void {
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

/** Reads an abbreviation of a zone. */
export function readZoneName(input: TimeInput, parsed: ParsedTime): void {
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
