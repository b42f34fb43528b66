const BARS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'] as const;

/**
 * The number of a measurement's value as the status shows it: `0.99`, or a list with one number as a Prometheus vector
 * of one series gives (`[0.99]`). Undefined: it is nothing that can be drawn.
 */
export function numberOf(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  const inner = /^\[([^,[\]]*)\]$/.exec(value.trim())?.[1] ?? value;
  if (inner.trim() === '') return undefined;
  const number = Number(inner);
  return Number.isFinite(number) ? number : undefined;
}

/** A bar a value, lowest to highest; values that are no number are a dot. Equal values are drawn in the middle. */
export function sparkline(values: readonly (number | undefined)[]): string {
  const numbers = values.filter((value) => value !== undefined);
  const lowest = Math.min(...numbers);
  const range = Math.max(...numbers) - lowest;
  return values
    .map((value) => {
      if (value === undefined) return '·';
      const level = range > 0 ? (value - lowest) / range : 0.5;
      return BARS[Math.min(BARS.length - 1, Math.floor(level * BARS.length))] ?? '·';
    })
    .join('');
}
