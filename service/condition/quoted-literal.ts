import type { Offset } from './condition-error.js';

type Refuse = (message: string, at: Offset) => never;

const OCTAL = /[0-7]/;
const HEXADECIMAL = /[0-9a-fA-F]/;
/** Digits after `\x`, `\u` and `\U`. */
const HEXADECIMAL_DIGITS: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };
const MAX_BRACED_DIGITS = 6;

/** Where a quoted literal that starts at an offset ends; its escapes are checked, but not replaced. */
export function endOfQuoted(source: string, start: Offset, quote: string, refuse: Refuse): Offset {
  let at = start + 1;
  while (source[at] !== quote) {
    if (at >= source.length || source[at] === '\n') return refuse('literal not terminated', start);
    at = source[at] === '\\' ? endOfEscape(source, at + 1, quote, refuse) : at + 1;
  }
  return at + 1;
}

/** Where an escape ends of which the backslash has been read. */
function endOfEscape(source: string, start: Offset, quote: string, refuse: Refuse): Offset {
  const char = source[start] ?? '';
  if (char !== '' && ('abfnrtv\\'.includes(char) || char === quote)) return start + 1;
  if (OCTAL.test(char)) return endOfDigits(source, start, OCTAL, 3, refuse);
  if (char === 'u' && source[start + 1] === '{') {
    let at = start + 2;
    while (HEXADECIMAL.test(source[at] ?? '') && at - start - 2 < MAX_BRACED_DIGITS) at++;
    return at > start + 2 && source[at] === '}' ? at + 1 : refuse('invalid char escape', at);
  }
  const digits = HEXADECIMAL_DIGITS[char];
  if (digits === undefined) return refuse('invalid char escape', start);
  return endOfDigits(source, start + 1, HEXADECIMAL, digits, refuse);
}

function endOfDigits(source: string, start: Offset, allowed: RegExp, count: number, refuse: Refuse): Offset {
  for (let at = start; at < start + count; at++)
    if (!allowed.test(source[at] ?? '')) return refuse('invalid char escape', at);
  return start + count;
}
