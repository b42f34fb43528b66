import { type Refuse } from './literals.js';

const MAX_INT64 = 2n ** 63n - 1n;
const BASES: Readonly<Record<string, { name: string; digits: RegExp }>> = {
  '0x': { name: 'hex', digits: /^0[xX][0-9a-fA-F]+$/ },
  '0b': { name: 'binary', digits: /^0[bB][01]+$/ },
  '0o': { name: 'octal', digits: /^0[oO][0-7]+$/ },
};
const DECIMAL = /^(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** The value of a number token: an int, or a float when it has a dot or an exponent. Errors are the reference's. */
export function numberLiteral(
  token: string,
  refuse: Refuse,
): { kind: 'int'; value: bigint } | { kind: 'float'; value: number } {
  const text = token.replaceAll('_', '');
  const prefix = text.slice(0, 2).toLowerCase();
  if (prefix !== '0x' && /[.e]/i.test(text)) return { kind: 'float', value: floatLiteral(text, refuse) };
  const base = BASES[prefix];
  const name = base?.name ?? 'integer';
  if (!(base?.digits ?? /^\d+$/).test(text))
    refuse(`invalid ${name} literal: strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  const value = BigInt(text.toLowerCase());
  if (value > MAX_INT64)
    refuse(`invalid ${name} literal: strconv.ParseInt: parsing ${JSON.stringify(text)}: value out of range`);
  return { kind: 'int', value };
}

function floatLiteral(text: string, refuse: Refuse): number {
  if (!DECIMAL.test(text))
    refuse(`invalid float literal: strconv.ParseFloat: parsing ${JSON.stringify(text)}: invalid syntax`);
  const value = Number(text);
  if (!Number.isFinite(value))
    refuse(`invalid float literal: strconv.ParseFloat: parsing ${JSON.stringify(text)}: value out of range`);
  return value;
}
