/** math.Frexp: a float as mantissa (0.5 to 1) times a power of two. */
export function splitFloat(value: number): [mantissa: number, power: number] {
  let power = 0;
  let mantissa = value;
  while (Math.abs(mantissa) >= 1) {
    mantissa /= 2;
    power++;
  }
  while (Math.abs(mantissa) < 0.5) {
    mantissa *= 2;
    power--;
  }
  return [mantissa, power];
}

/** math.Ldexp: `mantissa * 2 ** power`, in steps that neither overflow nor underflow early. */
export function scaleFloat(mantissa: number, power: number): number {
  let value = mantissa;
  let rest = Math.max(-2200, Math.min(2200, power));
  while (rest > 1000) {
    value *= 2 ** 1000;
    rest -= 1000;
  }
  while (rest < -1000) {
    value *= 2 ** -1000;
    rest += 1000;
  }
  return value * 2 ** rest;
}
