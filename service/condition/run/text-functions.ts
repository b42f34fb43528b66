import { GoError } from '../go/go-error.js';
import { utf8Decode, utf8Encode, utf8Length } from '../go/utf8.js';
import { TypedSlice } from '../go/values.js';
import { bad, text, type LanguageFunction, type Surroundings } from './language-function.js';
import { toIndex, toText, toWhole } from './numbers.js';
import { binary, binaryOf, listOf } from './shapes.js';

/** `trim(text, cutset)`. */
export function trimBoth(args: readonly unknown[]): string {
  return trim(text(args, 0), args.length > 1 ? text(args, 1) : undefined);
}

/** `trimPrefix` and `trimSuffix`: what is cut is looked at first. */
export function trimEnd(cut: (value: string, end: string) => string): LanguageFunction {
  return (args) => {
    const end = args.length > 1 ? text(args, 1) : ' ';
    return cut(text(args, 0), end);
  };
}

const GO_SPACE =
  /^[\t\n\v\f\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+|[\t\n\v\f\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+$/g;

/** Cuts white space, or the characters of `cutset`, from both ends. */
function trim(value: string, cutset: string | undefined): string {
  if (cutset === undefined) return value.replace(GO_SPACE, '');
  const cut = new Set(cutset);
  const characters = Array.from(value);
  let start = 0;
  let end = characters.length;
  while (start < end && cut.has(characters[start] ?? '')) start++;
  while (end > start && cut.has(characters[end - 1] ?? '')) end--;
  return characters.slice(start, end).join('');
}

/** `split`, or `splitAfter`, which keeps the separators. */
export function splitText(keepSeparator: boolean): LanguageFunction {
  return (args, { budget }) => {
    const value = text(args, 0);
    const separator = text(args, 1);
    const limit = args.length > 2 ? toIndex(args[2] ?? null) : -1;
    if (limit === 0) return new TypedSlice('string', [], true);
    const all = separator === '' ? Array.from(value) : value.split(separator);
    budget.step(all.length);
    const rejoin = keepSeparator && separator !== '' ? '' : separator;
    const pieces =
      keepSeparator && separator !== ''
        ? all.map((piece, index) => (index < all.length - 1 ? piece + separator : piece))
        : all;
    if (limit < 0 || pieces.length <= limit) return new TypedSlice('string', pieces);
    return new TypedSlice('string', [...pieces.slice(0, limit - 1), pieces.slice(limit - 1).join(rejoin)]);
  };
}

/** `replace(text, old, new, limit)`. */
export function replace(args: readonly unknown[], { budget }: Surroundings): string {
  const value = text(args, 0);
  const old = text(args, 1);
  const replacement = text(args, 2);
  const limit = args.length > 3 ? toIndex(args[3] ?? null) : -1;
  const pieces = old === '' ? ['', ...Array.from(value)] : value.split(old);
  const times = limit < 0 ? Number.POSITIVE_INFINITY : limit;
  budget.write(value.length + Math.min(times, pieces.length) * replacement.length);
  if (old === '') {
    const characters = Array.from(value);
    const head = characters
      .map((character, index) => (index < times ? replacement : '') + character)
      .join('');
    return head + (characters.length < times ? replacement : '');
  }
  return pieces
    .map((piece, index) =>
      index === pieces.length - 1 ? piece : piece + (index < times ? replacement : old),
    )
    .join('');
}

/** `repeat(text, count)`. */
export function repeat(args: readonly unknown[], { budget }: Surroundings): string {
  const value = text(args, 0);
  const count = toIndex(args[1] ?? null);
  if (count < 0)
    throw new GoError(
      `invalid argument for repeat (expected positive integer, got ${toWhole(args[1] ?? null)})`,
    );
  if (count > 1_000_000) throw new GoError('memory budget exceeded');
  const bytes = utf8Length(value) * count;
  budget.allocate(bytes);
  return value.repeat(count);
}

/** `join(list, separator)`. */
export function join(args: readonly unknown[], { budget }: Surroundings): string {
  const value = args[0] ?? null;
  const separator = args.length > 1 ? text(args, 1) : '';
  if (value instanceof TypedSlice && value.elem !== 'string' && !(value.elem === 'interface {}'))
    throw bad('join', value);
  const list = listOf(value);
  if (value === null) throw new GoError('invalid argument for join (type %!s(<nil>))');
  if (list === undefined) throw bad('join', value);
  const pieces = list.map(toText);
  budget.write(pieces.reduce((total, piece) => total + piece.length, separator.length * list.length));
  return pieces.join(separator);
}

/** `indexOf` and `lastIndexOf`: positions in bytes. */
export function byteIndex(last: boolean): LanguageFunction {
  return (args) => {
    const value = text(args, 0);
    const bytes = binary(value);
    const part = binary(text(args, 1));
    return BigInt(last ? bytes.lastIndexOf(part) : bytes.indexOf(part));
  };
}

/** `toBase64`. */
export function base64(value: string): string {
  return btoa(binaryOf(utf8Encode(value)));
}

/** Go maps case rune by rune, without the special cases of whole words; a byte that is no UTF-8 becomes U+FFFD. */
export function eachRune(value: string, map: (rune: string) => string): string {
  let out = '';
  // Plain ASCII, the usual case, at the speed of the engine.
  if (/^[\0-\x7f]*$/.test(value)) return map(value);
  for (const rune of value) {
    if (rune < '\x80') {
      out += map(rune);
      continue;
    }
    const mapped = map(rune);
    out += /\p{Surrogate}/u.test(rune) ? '\ufffd' : Array.from(mapped).length === 1 ? mapped : rune;
  }
  return out;
}

const NO_DIGIT = /[^A-Za-z0-9+/]/;

/** `fromBase64`, with the errors of Go's decoder. */
export function fromBase64(value: string): string {
  const source = binary(value);
  const wrong = base64Fault(source);
  if (wrong !== undefined) throw new GoError(`illegal base64 data at input byte ${wrong}`);
  return utf8Decode(Uint8Array.from(atob(source), (character) => character.charCodeAt(0)));
}

/** Where Go's decoder stops, which counts line breaks but does not mind them; undefined for what is well-formed. */
function base64Fault(source: string): number | undefined {
  let inGroup = 0;
  for (let at = 0; at < source.length; at++) {
    const character = source[at] ?? '';
    if (isLineBreak(character)) continue;
    if (!NO_DIGIT.test(character)) inGroup = (inGroup + 1) % 4;
    else return character === '=' && inGroup >= 2 ? paddingFault(source, at, inGroup === 2) : at;
  }
  return inGroup === 0 ? undefined : source.length - inGroup;
}

/** What is wrong from the first `=` on: a group of two digits has two of them, and nothing follows. */
function paddingFault(source: string, first: number, isDouble: boolean): number | undefined {
  let at = afterLineBreaks(source, first + 1);
  if (isDouble) {
    if (at === source.length) return at;
    if (source[at] !== '=') return at - 1;
    at = afterLineBreaks(source, at + 1);
  }
  return at === source.length ? undefined : at;
}

const isLineBreak = (character: string): boolean => character === '\n' || character === '\r';

function afterLineBreaks(source: string, from: number): number {
  let at = from;
  while (isLineBreak(source[at] ?? '')) at++;
  return at;
}
