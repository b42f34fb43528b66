/** What the escapes inside quotes stand for. */
const SIMPLE: Readonly<Record<string, number>> = { a: 7, b: 8, f: 12, n: 10, r: 13, t: 9, v: 11, '\\': 92 };
const MAX_RUNE = 0x10ffff;

/** Called with the reference's message; never returns. */
export type Refuse = (message: string) => never;

/** Replaces the escapes of a string literal. Every escape is one code point. */
export function unescapeString(raw: string, quote: string, refuse: Refuse): string {
  if (!raw.includes('\\')) return raw;
  let out = '';
  for (const unit of units(raw, quote)) {
    if (typeof unit === 'string') out += unit;
    else if (unit > MAX_RUNE) refuse('unable to unescape string');
    // Half of a surrogate pair is no character to Go.
    else out += unit >= 0xd800 && unit <= 0xdfff ? '\ufffd' : String.fromCodePoint(unit);
  }
  return out;
}

/** Replaces the escapes of a bytes literal. `\x` and octal escapes are one byte, all else is UTF-8. */
export function unescapeBytes(raw: string, quote: string, refuse: Refuse): Uint8Array {
  const bytes: number[] = [];
  const encoder = new TextEncoder();
  for (const unit of units(raw, quote)) {
    if (typeof unit === 'string') bytes.push(...encoder.encode(unit));
    else if (unit > 255) refuse('unable to unescape string');
    else bytes.push(unit);
  }
  return Uint8Array.from(bytes);
}

/** Literal characters as text, escapes as numbers. The lexer has checked that every escape is complete. */
function* units(raw: string, quote: string): Generator<string | number> {
  let at = 0;
  while (at < raw.length) {
    const char = raw[at] ?? '';
    if (char !== '\\') {
      const code = raw.codePointAt(at) ?? 0;
      yield String.fromCodePoint(code);
      at += code > 0xffff ? 2 : 1;
      continue;
    }
    const kind = raw[at + 1] ?? '';
    const simple = SIMPLE[kind];
    if (kind === quote) {
      yield quote;
      at += 2;
    } else if (simple !== undefined) {
      yield simple;
      at += 2;
    } else if (kind === 'u' && raw[at + 2] === '{') {
      const close = raw.indexOf('}', at);
      yield Number.parseInt(raw.slice(at + 3, close), 16);
      at = close + 1;
    } else {
      const [skip, length, base] =
        kind === 'x' ? [2, 2, 16] : kind === 'u' ? [2, 4, 16] : kind === 'U' ? [2, 8, 16] : [1, 3, 8];
      const value = Number.parseInt(raw.slice(at + skip, at + skip + length), base);
      // Three octal digits stand for a byte.
      yield base === 8 && value > 0xff ? MAX_RUNE + 1 : value;
      at += skip + length;
    }
  }
}
