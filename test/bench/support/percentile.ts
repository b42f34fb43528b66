/** The value below which the share `part` (0 to 1) of the samples lies, by the nearest rank. NaN without samples. */
export function percentile(samples: readonly number[], part: number): number {
  const sorted = Float64Array.from(samples).sort();
  return sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)] ?? Number.NaN;
}
