/** Suffixes by the power of ten that they stand for. */
const DECIMAL: Readonly<Record<string, number>> = {
  ...{ n: -9, u: -6, m: -3, '': 0, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 },
};
const DECIMAL_SUFFIX = new Map(Object.entries(DECIMAL).map(([suffix, exponent]) => [exponent, suffix]));
const BINARY = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];
const QUANTITY = /^([+-]?)(\d*)(?:\.(\d*))?(?:([KMGTPE]i)|([numkMGTPE])|[eE]([+-]?\d+))?$/;
/** Nothing smaller is kept; what is left over is rounded away from zero. */
const NANO = -9;
/** Digits that are looked at without arithmetic. */
const MOST_DIGITS = 18;

/** A number times a power of ten. */
interface Decimal {
  readonly digits: bigint;
  readonly exponent: number;
}

/**
 * A quantity of Kubernetes as its API writes it, whatever way it was written: `1000m` and `1` are both `1`.
 * @returns undefined when the text is none.
 * @see https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
 */
export function canonicalQuantity(text: string): string | undefined {
  const match = QUANTITY.exec(text.trim());
  const [, sign = '', whole = '', fraction = '', binary, suffix = '', power] = match ?? [];
  if (match === null || whole + fraction === '') return undefined;
  const number = `${whole.replace(/^0+(?=\d)/, '') || '0'}${fraction}`;
  const digits = BigInt(number);
  if (digits === 0n) return '0';
  const factor = binary === undefined ? 1n : 1024n ** BigInt(BINARY.indexOf(binary));
  const exponent = power === undefined ? (DECIMAL[suffix] ?? 0) : Number(power);
  const isKept =
    binary === undefined
      ? isDecimalKept(number, exponent - fraction.length)
      : fraction === '' && isBinaryKept(number, BINARY.indexOf(binary));
  if (isKept) return text.trim();
  const value = rounded({ digits: digits * factor, exponent: exponent - fraction.length });
  const written =
    binary !== undefined && isAtLeast1024(value)
      ? writeBinary(value)
      : writeDecimal(value, power !== undefined);
  return sign === '-' ? `-${written}` : written;
}

/**
 * What is canonical at first sight the API keeps as it is written, and its first sight is short: of `1E3` and `+2` too.
 * @see k8s.io/apimachinery/pkg/api/resource, ParseQuantity
 */
const isDecimalKept = (number: string, scale: number): boolean =>
  number.length <= MOST_DIGITS && scale >= NANO && scale % 3 === 0 && !/^0|000$/.test(number);

/** {@link isDecimalKept} for a number and the power of 1024 of its suffix. */
const isBinaryKept = (number: string, power: number): boolean =>
  number.length + 3 * power <= 14 && BigInt(number) % 8n !== 0n;

function rounded({ digits, exponent }: Decimal): Decimal {
  if (exponent >= NANO) return { digits, exponent };
  const unit = 10n ** BigInt(NANO - exponent);
  return { digits: (digits + unit - 1n) / unit, exponent: NANO };
}

const isAtLeast1024 = ({ digits, exponent }: Decimal): boolean =>
  exponent >= 0 ? digits * 10n ** BigInt(exponent) >= 1024n : digits >= 1024n * 10n ** BigInt(-exponent);

function writeBinary({ digits, exponent }: Decimal): string {
  const unit = 10n ** BigInt(Math.abs(exponent));
  // Binary suffixes have no fractions: what is less than one is rounded up.
  let value = exponent >= 0 ? digits * unit : (digits + unit - 1n) / unit;
  let power = 0;
  for (; power < BINARY.length - 1 && value % 1024n === 0n; power++) value /= 1024n;
  return `${value}${BINARY[power] ?? ''}`;
}

function writeDecimal(value: Decimal, asExponent: boolean): string {
  let { digits, exponent } = value;
  for (; digits % 10n === 0n; exponent++) digits /= 10n;
  for (; exponent % 3 !== 0; exponent--) digits *= 10n;
  const suffix = DECIMAL_SUFFIX.get(exponent);
  if (asExponent || suffix === undefined) return exponent === 0 ? String(digits) : `${digits}e${exponent}`;
  return `${digits}${suffix}`;
}
