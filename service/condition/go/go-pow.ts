import { scaleFloat, splitFloat } from './float-parts.js';
import { goExp, goLog } from './go-exp.js';

/**
 * Go's math.Pow on amd64: the whole part of the exponent by repeated squaring of the mantissa, its fraction by exp and log.
 * JavaScript's `**` gives another last bit now and then.
 */
export function goPow(base: number, exponent: number): number {
  if (exponent === 0 || base === 1) return 1;
  if (base === -1 && !Number.isFinite(exponent) && !Number.isNaN(exponent)) return 1;
  if (!Number.isFinite(base) || !Number.isFinite(exponent) || base === 0) return base ** exponent;
  if (exponent === 1) return base;
  if (exponent === 0.5) return Math.sqrt(base);
  if (exponent === -0.5) return 1 / Math.sqrt(base);
  let whole = Math.trunc(Math.abs(exponent));
  let fraction = Math.abs(exponent) - whole;
  if (fraction !== 0 && base < 0) return Number.NaN;
  if (whole >= 2 ** 63) return base ** exponent;
  let mantissa = 1;
  let power2 = 0;
  if (fraction !== 0) {
    if (fraction > 0.5) {
      fraction -= 1;
      whole += 1;
    }
    mantissa = goExp(fraction * goLog(base));
  }
  let [square, squarePower] = splitFloat(base);
  for (let rest = whole; rest !== 0; rest = Math.floor(rest / 2)) {
    if (Math.abs(squarePower) > 4096) {
      power2 += squarePower;
      break;
    }
    if (rest % 2 === 1) {
      mantissa *= square;
      power2 += squarePower;
    }
    square *= square;
    squarePower *= 2;
    if (square < 0.5) {
      square += square;
      squarePower -= 1;
    }
  }
  if (exponent < 0) {
    mantissa = 1 / mantissa;
    power2 = -power2;
  }
  return scaleFloat(mantissa, power2);
}
