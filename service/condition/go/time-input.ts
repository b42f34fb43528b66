import { utf8Encode } from './utf8.js';

/** Why an element could not be read: `bad` text, or a value that is out of range. */
export class Unreadable extends Error {
  readonly out: string;
  constructor(out = '') {
    super(out);
    this.out = out;
  }
}

/** The value being read, one character a byte. */
export class TimeInput {
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

/** The first nine digits after the point. */
export function nanoseconds(text: string): number {
  return Number(text.slice(1, 10).padEnd(9, '0'));
}

/** One character a byte of the Go string. */
export function binary(text: string): string {
  let out = '';
  for (const byte of utf8Encode(text)) out += String.fromCharCode(byte);
  return out;
}
