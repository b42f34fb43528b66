import { quote } from '../condition/index.js';

/** The text between the quotes of a Go string literal, as strconv.Quote writes it. */
export function goQuoted(text: string): string {
  return quote(text).slice(1, -1);
}

/** The letter of the first escape in {@link goQuoted} text that JSON does not know (`a`, `v`, `x` or `U`), if there is one. */
export function firstEscapeForeignToJson(quoted: string): string | undefined {
  for (const [, letter] of quoted.matchAll(/\\(.)/gsu)) {
    if (letter !== undefined && 'avxU'.includes(letter)) return letter;
  }
  return undefined;
}
