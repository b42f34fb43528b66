import { GoError, quoteBytes } from './go-error.js';
import { utf8Encode } from './utf8.js';

/** A duration that Go cannot read. The message is that of time.ParseDuration. */
export class GoDurationError extends GoError {
  override readonly name = 'GoDurationError';
}

const UNITS: Readonly<Record<string, bigint | undefined>> = Object.assign(
  Object.create(null) as Record<string, bigint>,
  {
    ns: 1n,
    us: 1_000n,
    µs: 1_000n,
    μs: 1_000n,
    ms: 1_000_000n,
    s: 1_000_000_000n,
    m: 60_000_000_000n,
    h: 3_600_000_000_000n,
  },
);
const LIMIT = 1n << 63n;

/**
 * time.ParseDuration: `1h30m`, `-1.5h`, `0`. Gives nanoseconds; throws GoDurationError. A fraction is cut, not rounded.
 */
export function parseGoDuration(text: string): bigint {
  const invalid = (): never => {
    throw new GoDurationError(`time: invalid duration ${quoteBytes(utf8Encode(text))}`);
  };
  const negative = text.startsWith('-');
  let rest = negative || text.startsWith('+') ? text.slice(1) : text;
  if (rest === '0') return 0n;
  if (rest === '') return invalid();
  let total = 0n;
  while (rest !== '') {
    const [number = '', whole = '', fraction = ''] = /^(\d*)(?:\.(\d*))?/.exec(rest) ?? [];
    if (whole === '' && fraction === '') return invalid();
    // Go reads the whole part into 63 bits before it looks at the unit.
    if (BigInt(whole || '0') > LIMIT) return invalid();
    rest = rest.slice(number.length);
    const unit = /^[^.\d]*/.exec(rest)?.[0] ?? '';
    if (unit === '')
      throw new GoDurationError(`time: missing unit in duration ${quoteBytes(utf8Encode(text))}`);
    const ns = UNITS[unit];
    if (ns === undefined)
      throw new GoDurationError(
        `time: unknown unit ${quoteBytes(utf8Encode(unit))} in duration ${quoteBytes(utf8Encode(text))}`,
      );
    rest = rest.slice(unit.length);
    const part = BigInt(whole || '0') * ns + fractionNs(fraction, ns);
    total += part;
    if (part > LIMIT || total > LIMIT) return invalid();
  }
  if (negative) return -total;
  return total === LIMIT ? invalid() : total;
}

/** Go's arithmetic: the fraction's digits (as many as fit 63 bits) times unit over scale, in float64. */
function fractionNs(digits: string, unit: bigint): bigint {
  let value = 0n;
  let scale = 1;
  for (const digit of digits) {
    const next = value * 10n + BigInt(digit);
    if (value > (LIMIT - 1n) / 10n || next > LIMIT) break;
    value = next;
    scale *= 10;
  }
  return value === 0n ? 0n : BigInt(Math.trunc(Number(value) * (Number(unit) / scale)));
}

/** A duration in milliseconds, with a fraction for what is less. Throws GoDurationError. */
export function goDurationMs(text: string): number {
  return Number(parseGoDuration(text)) / 1e6;
}

/** Duration.String(): `1h30m0s`, `1.5s`, `100ms`, `0s`. */
export function formatGoDuration(ns: bigint): string {
  if (ns === 0n) return '0s';
  const sign = ns < 0n ? '-' : '';
  const size = ns < 0n ? -ns : ns;
  if (size < 1_000n) return `${sign}${size}ns`;
  if (size < 1_000_000n) return `${sign}${decimal(size, 3)}µs`;
  if (size < 1_000_000_000n) return `${sign}${decimal(size, 6)}ms`;
  const seconds = `${decimal(size % 60_000_000_000n, 9)}s`;
  const minutes = size / 60_000_000_000n;
  if (minutes === 0n) return `${sign}${seconds}`;
  const hours = minutes / 60n;
  return `${sign}${hours > 0n ? `${hours}h` : ''}${minutes % 60n}m${seconds}`;
}

/** `value` over 10^digits without trailing zeros. */
function decimal(value: bigint, digits: number): string {
  const text = value.toString().padStart(digits + 1, '0');
  const fraction = text.slice(-digits).replace(/0+$/, '');
  const whole = text.slice(0, -digits);
  return fraction === '' ? whole : `${whole}.${fraction}`;
}
