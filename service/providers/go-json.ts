/** A value of a JSON document. Numbers are Go's float64. */
export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };

/** Deepest nesting of a body that is read. Go reads 10,000 levels; no metric needs a tenth of it. */
export const MAX_JSON_DEPTH = 1_000;

/** What {@link parseGoJson} made of a text. */
export type ParsedJson =
  | { readonly kind: 'json'; readonly value: JsonValue }
  | { readonly kind: 'notJson' }
  | { readonly kind: 'tooDeep' };

const [QUOTE, BACKSLASH, OPEN_ARRAY, CLOSE_ARRAY, OPEN_OBJECT, CLOSE_OBJECT] = [34, 92, 91, 93, 123, 125];
/** Only a long run of digits or an exponent of three can be beyond float64. */
const MAY_BE_HUGE = /\d{16}|[eE]\+?\d{3}/;
/** A literal or a number at the beginning of a text. */
const SCALAR = /^[\t\n\r ]*(?:null|true|false|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)/;
const SURROGATE_ESCAPE = /\\u[dD][89a-fA-F]/;
const LONE_SURROGATE = /\p{Surrogate}/gu;

/**
 * Reads a JSON document as Go's encoding/json reads one into an `interface{}`: numbers beyond float64 are a fault of
 * the document, half of a surrogate pair becomes U+FFFD, and of a repeated key the last wins.
 */
export function parseGoJson(text: string): ParsedJson {
  if (isTooDeep(text)) return { kind: 'tooDeep' };
  let value: JsonValue;
  try {
    value = JSON.parse(text) as JsonValue;
  } catch (error) {
    if (error instanceof SyntaxError) return { kind: 'notJson' };
    throw error;
  }
  if (MAY_BE_HUGE.test(text) && !isInRange(value)) return { kind: 'notJson' };
  return { kind: 'json', value: SURROGATE_ESCAPE.test(text) ? wellFormed(value) : value };
}

/**
 * Reads the first JSON value of a text as Go's json.Decoder does, which does not look at what follows it; a string must be
 * the whole text, as no answer is one. A text that does not begin with a value is `notJson`.
 */
export const parseFirstGoJson = (text: string): ParsedJson => parseGoJson(firstValue(text));

/** The value that a text begins with, when it ends; else the text. */
function firstValue(text: string): string {
  const start = /^[\t\n\r ]*/.exec(text)?.[0].length ?? 0;
  const first = text.charCodeAt(start);
  if (first !== OPEN_ARRAY && first !== OPEN_OBJECT) return SCALAR.exec(text)?.[0] ?? text;
  let depth = 0;
  let inString = false;
  for (let at = start; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (inString) {
      if (unit === BACKSLASH) at += 1;
      else if (unit === QUOTE) inString = false;
    } else if (unit === QUOTE) inString = true;
    else if (unit === OPEN_ARRAY || unit === OPEN_OBJECT) depth += 1;
    else if (unit === CLOSE_ARRAY || unit === CLOSE_OBJECT) depth -= 1;
    if (depth === 0) return text.slice(0, at + 1);
  }
  return text;
}

/**
 * Writes a value as Go's json.Marshal does: no spaces, keys sorted by their UTF-8 bytes, `<`, `>`, `&`, U+2028 and
 * U+2029 escaped, numbers with an exponent below 1e-6 and from 1e21 on, and the sign of minus zero kept.
 */
export function encodeGoJson(value: JsonValue): string {
  if (value === null) return 'null';
  if (typeof value === 'number') return Object.is(value, -0) ? '-0' : String(value);
  if (typeof value === 'string') return encodeString(value);
  if (typeof value === 'boolean') return String(value);
  if (isJsonArray(value)) return `[${value.map(encodeGoJson).join(',')}]`;
  const members = sortedEntries(value).map(([key, member]) => `${encodeString(key)}:${encodeGoJson(member)}`);
  return `{${members.join(',')}}`;
}

/** Whether a value is a JSON array; `Array.isArray` alone does not narrow a readonly one. */
export function isJsonArray(value: unknown): value is readonly JsonValue[] {
  return Array.isArray(value);
}

/** The members of a JSON object in the order in which Go writes a map: by the UTF-8 bytes of the key. */
export function sortedEntries(value: { readonly [key: string]: JsonValue }): [string, JsonValue][] {
  return Object.entries(value).sort(([a], [b]) => compareUtf8(a, b));
}

/** Compares two texts by their UTF-8 bytes, as Go compares strings: negative, zero or positive. */
export function compareUtf8(a: string, b: string): number {
  let at = 0;
  while (at < a.length && at < b.length && a.charCodeAt(at) === b.charCodeAt(at)) at += 1;
  if (at === a.length || at === b.length) return a.length - b.length;
  // Surrogates stand for code points above all others, though their own numbers are smaller than U+E000 to U+FFFF.
  return utf8Rank(a.charCodeAt(at)) - utf8Rank(b.charCodeAt(at));
}

function utf8Rank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}

function encodeString(text: string): string {
  return JSON.stringify(wellFormedText(text)).replace(
    /[<>&\u2028\u2029]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function wellFormedText(text: string): string {
  return text.replace(LONE_SURROGATE, '\ufffd');
}

function wellFormed(value: JsonValue): JsonValue {
  if (typeof value === 'string') return wellFormedText(value);
  if (value === null || typeof value !== 'object') return value;
  if (isJsonArray(value)) return value.map(wellFormed);
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [wellFormedText(key), wellFormed(member)]),
  );
}

function isInRange(value: JsonValue): boolean {
  if (typeof value === 'number') return Number.isFinite(value);
  return value === null || typeof value !== 'object' || Object.values<JsonValue>(value).every(isInRange);
}

/** Counts brackets in the text: to build ten million nested arrays first would take seconds. */
function isTooDeep(text: string): boolean {
  let depth = 0;
  let inString = false;
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (inString) {
      if (unit === BACKSLASH) at += 1;
      else if (unit === QUOTE) inString = false;
    } else if (unit === QUOTE) inString = true;
    else if (unit === OPEN_ARRAY || unit === OPEN_OBJECT) depth += 1;
    else if (unit === CLOSE_ARRAY || unit === CLOSE_OBJECT) depth -= 1;
    if (depth > MAX_JSON_DEPTH) return true;
  }
  return false;
}
