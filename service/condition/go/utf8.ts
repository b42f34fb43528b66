/**
 * Go strings are bytes, JavaScript strings are UTF-16. A Go string is kept as the JavaScript string of its UTF-8;
 * a byte B that is no part of valid UTF-8 is kept as the lone surrogate U+DC00 + B (U+DC80 to U+DCFF), so that
 * nothing is lost. Any other lone surrogate (JSON can bring one) is what Go's decoder makes of it: U+FFFD.
 */
const ASCII_ONLY = /^[\0-\x7f]*$/;
const REPLACEMENT = [0xef, 0xbf, 0xbd];
const encoder = new TextEncoder();
const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Number of bytes of the Go string. */
export function utf8Length(text: string): number {
  if (ASCII_ONLY.test(text)) return text.length;
  let length = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x80) length += 1;
    else if (code < 0x800) length += 2;
    else if (code >= 0xd800 && code <= 0xdbff && isLow(text.charCodeAt(i + 1))) {
      length += 4;
      i += 1;
    } else length += isEscape(code) ? 1 : 3;
  }
  return length;
}

/** The bytes of the Go string. */
export function utf8Encode(text: string): Uint8Array {
  if (text.isWellFormed()) return encoder.encode(text);
  const bytes: number[] = [];
  for (const char of text) {
    const code = char.codePointAt(0) ?? 0;
    if (isEscape(code)) bytes.push(code - 0xdc00);
    else if (code >= 0xd800 && code <= 0xdfff) bytes.push(...REPLACEMENT);
    else bytes.push(...encoder.encode(char));
  }
  return Uint8Array.from(bytes);
}

/** The Go string of these bytes. */
export function utf8Decode(bytes: Uint8Array): string {
  try {
    return strict.decode(bytes);
  } catch {
    // Not valid UTF-8: taken apart below, byte by byte.
  }
  let out = '';
  let at = 0;
  while (at < bytes.length) {
    const size = runeSize(bytes, at);
    const byte = bytes[at] ?? 0;
    if (size === 0) {
      out += String.fromCharCode(0xdc00 + byte);
      at += 1;
    } else {
      out += size === 1 ? String.fromCharCode(byte) : strict.decode(bytes.subarray(at, at + size));
      at += size;
    }
  }
  return out;
}

/** Joins escaped bytes that have become valid UTF-8 side by side, as concatenating in Go does of itself. */
export function utf8Normalize(text: string): string {
  return !text.isWellFormed() ? utf8Decode(utf8Encode(text)) : text;
}

/** Compares as Go does: byte by byte. Negative, zero or positive. UTF-16 order differs beyond U+FFFF. */
export function utf8Compare(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x === y) continue;
    if (x < 0x80 && y < 0x80) return x - y;
    // The differing unit may be the second half of a pair: step back to its start.
    const start = i > 0 && isHigh(a.charCodeAt(i - 1)) ? i - 1 : i;
    return compareBytes(utf8Encode(a.slice(start, i + 2)), utf8Encode(b.slice(start, i + 2)));
  }
  return a.length - b.length;
}

/** Compares byte by byte. Negative, zero or positive. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

function isHigh(code: number): boolean {
  return code >= 0xd800 && code <= 0xdbff;
}
function isLow(code: number): boolean {
  return code >= 0xdc00 && code <= 0xdfff;
}
function isEscape(code: number): boolean {
  return code >= 0xdc80 && code <= 0xdcff;
}

/** Length of the valid rune at `at`, or 0. Over-long forms, surrogates and values beyond U+10FFFF are invalid. */
function runeSize(bytes: Uint8Array, at: number): number {
  const first = bytes[at] ?? 0;
  if (first < 0x80) return 1;
  if (first < 0xc2 || first > 0xf4) return 0;
  const size = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  const second = bytes[at + 1] ?? 0;
  const low = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
  const high = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
  if (second < low || second > high) return 0;
  for (let i = 2; i < size; i++) {
    const next = bytes[at + i] ?? 0;
    if (next < 0x80 || next > 0xbf) return 0;
  }
  return size;
}
