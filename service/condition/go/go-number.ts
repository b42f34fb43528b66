import { GoError, quote } from './go-error.js';
import { exactDecimal, roundDecimal, shortestDecimal, type Decimal } from './decimal.js';

/** With the shortest digits `%g` takes an exponent from here on. */
const SHORTEST_LIMIT = 6;
const MIN_INT64 = -(1n << 63n);

/**
 * strconv.FormatFloat. `f` has no exponent, `e` always, `g` when it is below -4 or too large for the digits; `v` is
 * fmt's `%v` (`g` with the shortest digits). Precision -1: the fewest digits that give the same number back.
 */
export function formatFloat(value: number, format: 'f' | 'e' | 'g' | 'v', precision = -1): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  const size = Math.abs(value);
  const shortest = precision < 0 || format === 'v';
  if (format === 'f') {
    const decimal = shortest ? shortestDecimal(size) : fixedDecimal(size, precision);
    return (
      sign + positional(decimal, shortest ? Math.max(decimal.digits.length - decimal.point, 0) : precision)
    );
  }
  if (format === 'e') {
    const decimal = shortest ? shortestDecimal(size) : roundDecimal(exactDecimal(size), precision + 1);
    return sign + exponential(decimal, shortest ? decimal.digits.length - 1 : precision);
  }
  const digits = precision === 0 ? 1 : precision;
  const decimal = shortest ? shortestDecimal(size) : trimmed(roundDecimal(exactDecimal(size), digits));
  const length = decimal.digits.length;
  const limit = shortest ? SHORTEST_LIMIT : digits > length && length >= decimal.point ? length : digits;
  const exponent = decimal.point - 1;
  if (size !== 0 && (exponent < -4 || exponent >= limit))
    return sign + exponential(decimal, Math.max(length - 1, 0));
  return sign + positional(decimal, Math.max(length - decimal.point, 0));
}

function fixedDecimal(size: number, precision: number): Decimal {
  const exact = exactDecimal(size);
  return roundDecimal(exact, exact.point + precision);
}

function trimmed(decimal: Decimal): Decimal {
  return { digits: decimal.digits.replace(/0+$/, ''), point: decimal.point };
}

function positional({ digits, point }: Decimal, decimals: number): string {
  const whole = point > 0 ? digits.slice(0, point).padEnd(point, '0') : '0';
  if (decimals === 0) return whole;
  const fraction = point > 0 ? digits.slice(point) : '0'.repeat(-point) + digits;
  return `${whole}.${fraction.slice(0, decimals).padEnd(decimals, '0')}`;
}

function exponential({ digits, point }: Decimal, decimals: number): string {
  const exponent = digits === '' ? 0 : point - 1;
  const fraction = decimals > 0 ? `.${digits.slice(1, decimals + 1).padEnd(decimals, '0')}` : '';
  return `${digits[0] ?? '0'}${fraction}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
}

/** The longest text that an error shows whole. */
const MAX_SHOWN = 4096;

function failure(name: string, text: string, reason: string): GoError {
  const shown = text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
  return new GoError(`strconv.${name}: parsing ${quote(shown)}: ${reason}`);
}
const syntaxError = (name: string, text: string): GoError => failure(name, text, 'invalid syntax');
const rangeError = (name: string, text: string): GoError => failure(name, text, 'value out of range');

const PLAIN = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;
const HEX = /^([+-]?)0x([0-9a-f]*)(?:\.([0-9a-f]*))?p([+-]?\d+)$/i;

/**
 * strconv.ParseFloat with 64 bits: decimal, hexadecimal (`0x1p4`), `Inf`, `Infinity` and `NaN` in any letter case.
 * Throws GoError.
 */
export function parseFloat(text: string): number {
  const special = /^(?:([+-]?)(?:inf|infinity)|(nan))$/i.exec(text);
  if (special !== null)
    return special[2] !== undefined ? Number.NaN : special[1] === '-' ? -Infinity : Infinity;
  const digits = withoutUnderscores(text);
  if (digits === undefined) throw syntaxError('ParseFloat', text);
  const hex = HEX.exec(digits);
  let value: number;
  if (hex !== null && (hex[2] ?? '') + (hex[3] ?? '') !== '') value = hexFloat(hex);
  else if (PLAIN.test(digits)) value = Number(digits);
  else throw syntaxError('ParseFloat', text);
  if (!Number.isFinite(value)) throw rangeError('ParseFloat', text);
  return value;
}

/** Go takes underscores between digits only; a hexadecimal prefix counts as a digit. */
function withoutUnderscores(text: string): string | undefined {
  if (!text.includes('_')) return text;
  const misplaced = /^[+-]?0x/i.test(text) ? /_(?![0-9a-f])|(?<![0-9a-fx])_/i : /_(?!\d)|(?<!\d)_/;
  return misplaced.test(text) ? undefined : text.replaceAll('_', '');
}

function hexFloat([, sign = '', whole = '', fraction = '', exponent = '']: readonly (
  | string
  | undefined
)[]): number {
  const size = scaled(
    BigInt(`0x${whole}${fraction}`),
    Math.max(-1e6, Math.min(1e6, Number(exponent))) - 4 * fraction.length,
  );
  return sign === '-' ? -size : size;
}

/** mantissa * 2^exponent, rounded once, half to even, also where float64 has fewer than 53 bits. */
function scaled(mantissa: bigint, exponent: number): number {
  if (mantissa === 0n) return 0;
  const length = mantissa.toString(2).length;
  const top = length + exponent;
  if (top > 1024) return Infinity;
  const drop = length - Math.min(53, top + 1074);
  if (drop > length) return 0;
  let kept = mantissa;
  if (drop > 0) {
    kept = mantissa >> BigInt(drop);
    const rest = mantissa - (kept << BigInt(drop));
    const half = 1n << BigInt(drop - 1);
    if (rest > half || (rest === half && (kept & 1n) === 1n)) kept += 1n;
  }
  const power = exponent + Math.max(drop, 0);
  // 2^power alone may be out of range where the product is not.
  const half = Math.trunc(power / 2);
  return Number(kept) * 2 ** half * 2 ** (power - half);
}

/** strconv.ParseInt in base 10 with 64 bits. Throws GoError. */
export function parseInt(text: string): bigint {
  const [, sign, digits] = /^([+-]?)0*([0-9]+)$/.exec(text) ?? [];
  if (digits === undefined) throw syntaxError('ParseInt', text);
  // Reading many digits takes time with the square of their number.
  if (digits.length > 19) throw rangeError('ParseInt', text);
  const value = sign === '-' ? -BigInt(digits) : BigInt(digits);
  if (BigInt.asIntN(64, value) !== value) throw rangeError('ParseInt', text);
  return value;
}

/** float64 to int64 as amd64 converts: toward zero; NaN and what does not fit give the least int64. */
export function toInt64(value: number): bigint {
  return value >= -(2 ** 63) && value < 2 ** 63 ? BigInt(Math.trunc(value)) : MIN_INT64;
}
