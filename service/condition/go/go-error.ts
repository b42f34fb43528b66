/**
 * An error whose message is, letter for letter, what Go's standard library gives for the same fault: of a parse
 * (`strconv.ParseFloat: parsing "x": invalid syntax`) or of a panic at run time (`runtime error: …`).
 */
export class GoError extends Error {
  override readonly name: string = 'GoError';
}

const SHORT: Readonly<Record<number, string>> = {
  7: '\\a',
  8: '\\b',
  9: '\\t',
  10: '\\n',
  11: '\\v',
  12: '\\f',
  13: '\\r',
  34: '\\"',
  92: '\\\\',
};
/** What strconv.IsPrint refuses: everything that is no letter, mark, number, punctuation or symbol, but the ASCII space. */
const UNPRINTABLE = /[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/u;

/** Quotes as `strconv.Quote`; bytes that are no UTF-8 (surrogate escapes, see values.ts) print as `\xNN`. */
export function quote(text: string): string {
  let out = '"';
  for (const char of text) {
    const code = char.codePointAt(0) ?? 0;
    const short = SHORT[code];
    if (short !== undefined) out += short;
    else if (code >= 0xdc80 && code <= 0xdcff) out += `\\x${(code - 0xdc00).toString(16)}`;
    else if (code >= 0xd800 && code <= 0xdfff) out += '\\ufffd';
    else if (!UNPRINTABLE.test(char)) out += char;
    else if (code < 0x20 || code === 0x7f) out += `\\x${code.toString(16).padStart(2, '0')}`;
    else
      out +=
        code > 0xffff
          ? `\\U${code.toString(16).padStart(8, '0')}`
          : `\\u${code.toString(16).padStart(4, '0')}`;
  }
  return `${out}"`;
}

/** Quotes as package time does in its errors: every byte outside of printable ASCII is `\\xNN`. */
export function quoteBytes(bytes: Iterable<number>): string {
  let out = '"';
  for (const byte of bytes) {
    const char = String.fromCharCode(byte);
    if (byte < 0x20 || byte >= 0x80) out += `\\x${byte.toString(16).padStart(2, '0')}`;
    else out += char === '"' || char === '\\' ? `\\${char}` : char;
  }
  return `${out}"`;
}
