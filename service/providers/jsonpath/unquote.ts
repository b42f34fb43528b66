const SIMPLE: Readonly<Record<string, number>> = { a: 7, b: 8, f: 12, n: 10, r: 13, t: 9, v: 11, '\\': 92 };
const HEX_DIGITS: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };

/**
 * Takes the quotes off a text and replaces Go's escapes in it; undefined where Go says `invalid syntax`. `\x` and
 * octal escapes are bytes, the others code points.
 */
export function unquote(quoted: string): string | undefined {
  const quote = quoted[0] ?? '';
  const inner = quoted.slice(1, -1);
  if (!inner.includes('\\')) return inner;
  const bytes: number[] = [];
  const encoder = new TextEncoder();
  for (let at = 0; at < inner.length; ) {
    const escape = inner[at] === '\\' ? readEscape(inner, at + 1, quote) : readPlain(inner, at, quote);
    if (escape === undefined) return undefined;
    if ('byte' in escape) bytes.push(escape.byte);
    else bytes.push(...encoder.encode(String.fromCodePoint(escape.rune)));
    at = escape.next;
  }
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(Uint8Array.from(bytes));
}

type Unit =
  | { readonly byte: number; readonly next: number }
  | { readonly rune: number; readonly next: number };

function readPlain(text: string, at: number, quote: string): Unit | undefined {
  if (text[at] === quote) return undefined;
  const rune = text.codePointAt(at) ?? 0;
  return { rune, next: at + (rune > 0xffff ? 2 : 1) };
}

function readEscape(text: string, at: number, quote: string): Unit | undefined {
  const kind = text[at] ?? '';
  const simple = SIMPLE[kind];
  if (simple !== undefined) return { byte: simple, next: at + 1 };
  if (kind === quote) return { rune: quote.charCodeAt(0), next: at + 1 };
  const digits = HEX_DIGITS[kind];
  if (digits !== undefined) return readHex(text.slice(at + 1, at + 1 + digits), digits, at + 1 + digits);
  const octal = /^[0-7]{3}$/.test(text.slice(at, at + 3)) ? Number.parseInt(text.slice(at, at + 3), 8) : 256;
  return octal > 255 ? undefined : { byte: octal, next: at + 3 };
}

function readHex(hex: string, digits: number, next: number): Unit | undefined {
  if (hex.length !== digits || !/^[0-9a-fA-F]+$/.test(hex)) return undefined;
  const value = Number.parseInt(hex, 16);
  if (digits === 2) return { byte: value, next };
  const isRune = value <= 0x10ffff && (value < 0xd800 || value > 0xdfff);
  return isRune ? { rune: value, next } : undefined;
}
