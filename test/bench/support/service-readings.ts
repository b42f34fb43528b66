/** Measurements of a service that began at most so late, by the bound in seconds: the buckets of its histogram. */
export async function latenessOf(serviceUrl: string): Promise<ReadonlyMap<number, number>> {
  const text = await (await fetch(`${serviceUrl}/metrics`)).text();
  const found = text.matchAll(
    /^assay_measurement_lateness_seconds_bucket\{[^}]*le="([^"]+)"[^}]*\} (\d+)$/gm,
  );
  const buckets = new Map<number, number>();
  for (const [, bound = '', count = ''] of found) {
    const seconds = bound === '+Inf' ? Number.POSITIVE_INFINITY : Number(bound);
    buckets.set(seconds, (buckets.get(seconds) ?? 0) + Number(count));
  }
  return buckets;
}

/** The share `part` of what came between two readings was at most so late, ms; within a bucket evenly, as Prometheus has it. */
export function quantileBetween(
  before: ReadonlyMap<number, number>,
  after: ReadonlyMap<number, number>,
  part: number,
): number {
  const bounds = [...after.keys()].sort((left, right) => left - right);
  const counts = bounds.map((bound) => (after.get(bound) ?? 0) - (before.get(bound) ?? 0));
  const wanted = part * (counts.at(-1) ?? 0);
  const index = counts.findIndex((count) => count >= wanted);
  const [lower, upper] = [bounds[index - 1] ?? 0, bounds[index] ?? Number.NaN];
  const [below, within] = [counts[index - 1] ?? 0, (counts[index] ?? 0) - (counts[index - 1] ?? 0)];
  if (!Number.isFinite(upper)) return lower * 1_000;
  return (lower + ((upper - lower) * (wanted - below)) / within) * 1_000;
}

/** The buckets of several services as if they were one. */
export function addedUp(all: readonly ReadonlyMap<number, number>[]): ReadonlyMap<number, number> {
  const sum = new Map<number, number>();
  for (const buckets of all)
    for (const [bound, count] of buckets) sum.set(bound, (sum.get(bound) ?? 0) + count);
  return sum;
}

/** CPU time that a service has used so far, seconds. */
export async function cpuSecondsOf(serviceUrl: string): Promise<number> {
  const text = await (await fetch(`${serviceUrl}/metrics`)).text();
  const found = /^process_cpu_seconds_total (\S+)$/m.exec(text)?.[1];
  if (found === undefined) throw new Error(`${serviceUrl} does not tell its CPU time`);
  return Number(found);
}
