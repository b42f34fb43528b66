import { scaleFloat, splitFloat } from './float-parts.js';

/** log2(e), and ln(2) in two parts: the first has so few bits that a product with a small integer is exact. */
const LOG2_E = Math.LOG2E;
const LN2_UPPER = 0.693147180559662956511601805687;
const LN2_LOWER = 0.28235290563031577122588448175e-12;
const MAX_ARGUMENT = 7.09782712893384e2;
const MIN_POWER = -1075;
/** 1/8!, 1/7!, … 1/2!, 1: the series of (e^x - 1) / x. */
const SERIES = [
  2.4801587301587301587e-5, 1.984126984126984127e-4, 1.3888888888888888889e-3, 8.3333333333333333333e-3,
  4.1666666666666666667e-2, 1.6666666666666666667e-1, 0.5, 1,
] as const;
/** The argument is divided by 2 to this, and the result squared as often. */
const HALVINGS = 4;

/**
 * math.Exp as Go computes it on amd64 with fused multiply-add, where the reference was recorded. JavaScript's differs
 * in the last bit for some arguments.
 */
export function goExp(value: number): number {
  if (Number.isNaN(value) || value === Number.POSITIVE_INFINITY) return value;
  if (value === Number.NEGATIVE_INFINITY) return 0;
  if (value > MAX_ARGUMENT) return Number.POSITIVE_INFINITY;
  const power = roundHalfEven(value * LOG2_E);
  if (power < MIN_POWER) return 0;
  const rest = fused(-LN2_LOWER, power, fused(-LN2_UPPER, power, value)) / 2 ** HALVINGS;
  let series: number = SERIES[0];
  for (const term of SERIES.slice(1)) series = fused(series, rest, term);
  // e^2x - 1 = (e^x - 1) * (e^x - 1 + 2)
  let less1 = series * rest;
  for (let n = 1; n < HALVINGS; n++) less1 *= less1 + 2;
  return scaleFloat(fused(less1 + 2, less1, 1), power);
}

/** `a * b + c`, rounded once. */
function fused(a: number, b: number, c: number): number {
  const product = a * b;
  const [a1, a2] = halves(a);
  const [b1, b2] = halves(b);
  const lost = a2 * b2 - (product - a1 * b1 - a2 * b1 - a1 * b2);
  const sum = product + c;
  const part = sum - product;
  return sum + (product - (sum - part) + (c - part) + lost);
}

/** A float as the sum of two with half of its bits each. */
function halves(value: number): [number, number] {
  const shifted = value * (2 ** 27 + 1);
  const upper = shifted - (shifted - value);
  return [upper, value - upper];
}

function roundHalfEven(value: number): number {
  const whole = Math.floor(value);
  const fraction = value - whole;
  if (fraction === 0.5) return whole % 2 === 0 ? whole : whole + 1;
  return fraction < 0.5 ? whole : whole + 1;
}

const LN2_HIGH = 6.9314718036912381649e-1;
const LN2_LOW = 1.90821492927058770002e-10;
/** Remez coefficients of (log(1+f) - f + f²/2) / s, s = f / (2+f): odd and even powers of s² apart. */
const ODD = [
  1.479819860511658591e-1, 1.818357216161805012e-1, 2.857142874366239149e-1, 6.66666666666673513e-1,
];
const EVEN = [1.531383769920937332e-1, 2.222219843214978396e-1, 3.999999999940941908e-1];

/** math.Log of a positive, finite number as Go computes it. */
export function goLog(value: number): number {
  let [mantissa, power] = splitFloat(value);
  if (mantissa <= Math.SQRT1_2) {
    mantissa *= 2;
    power--;
  }
  const f = mantissa - 1;
  const s = f / (2 + f);
  const s2 = s * s;
  const s4 = s2 * s2;
  const horner = (coefficients: readonly number[]): number =>
    coefficients.reduce((total, coefficient) => total * s4 + coefficient, 0);
  const rest = s2 * horner(ODD) + s4 * horner(EVEN);
  const half = 0.5 * f * f;
  return power * LN2_HIGH - (half - (s * (half + rest) + power * LN2_LOW) - f);
}
