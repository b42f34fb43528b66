/** Characters that Go's strconv.IsPrint lets stand: letters, marks, numbers, punctuation, symbols and the ASCII space. */
const PRINTABLE = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u;

const SHORT: ReadonlyMap<string, string> = new Map([
  ['"', '\\"'],
  ['\\', '\\\\'],
  ['\x07', '\\a'],
  ['\b', '\\b'],
  ['\f', '\\f'],
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
  ['\v', '\\v'],
]);

/** The text between the quotes of a Go string literal, as strconv.Quote writes it. */
export function goQuoted(text: string): string {
  let quoted = '';
  for (const character of text) quoted += quotedCharacter(character);
  return quoted;
}

function quotedCharacter(character: string): string {
  const short = SHORT.get(character);
  if (short !== undefined) return short;
  if (PRINTABLE.test(character)) return character;
  const code = character.codePointAt(0) ?? 0;
  // Half of a surrogate pair can not reach Go; it becomes the replacement character on the way.
  if (code >= 0xd800 && code <= 0xdfff) return '\ufffd';
  if (code < 0x20 || code === 0x7f) return `\\x${code.toString(16).padStart(2, '0')}`;
  if (code < 0x10000) return `\\u${code.toString(16).padStart(4, '0')}`;
  return `\\U${code.toString(16).padStart(8, '0')}`;
}

/** The letter of the first escape in {@link goQuoted} text that JSON does not know (`a`, `v`, `x` or `U`), if there is one. */
export function firstEscapeForeignToJson(quoted: string): string | undefined {
  for (const [, letter] of quoted.matchAll(/\\(.)/gsu)) {
    if (letter !== undefined && 'avxU'.includes(letter)) return letter;
  }
  return undefined;
}
