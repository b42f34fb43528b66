/**
 * The name that was probably meant: the known one with the fewest typing errors away, if few enough for the length of
 * the name. Case, `-` and `_` count for nothing, so `success_condition` is a near miss of `successCondition`.
 */
export function nearMiss(name: string, known: Iterable<string>): string | undefined {
  const tolerance = toleranceFor(name.length);
  let best: { known: string; distance: number } | undefined;
  for (const candidate of known) {
    if (candidate === name || Math.abs(candidate.length - name.length) > tolerance + 4) continue;
    const distance = editDistance(plain(name), plain(candidate), tolerance);
    if (distance <= tolerance && (best === undefined || distance < best.distance))
      best = { known: candidate, distance };
  }
  return best?.known;
}

/** Typing errors that a name of this length may have: none in very short ones, where everything is near everything. */
function toleranceFor(length: number): number {
  if (length < 3) return 0;
  return length < 6 ? 1 : Math.min(4, Math.max(2, Math.floor(length / 3)));
}

const plain = (name: string): string => name.replace(/[-_]/g, '').toLowerCase();

/**
 * Damerau-Levenshtein distance (optimal string alignment): insertions, deletions, replacements and swaps of
 * neighbours. Anything above `limit` is reported as `limit + 1`, which also bounds the work on hostile names.
 */
export function editDistance(left: string, right: string, limit: number): number {
  if (Math.abs(left.length - right.length) > limit) return limit + 1;
  let beforeLast: number[] = [];
  let last = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let i = 1; i <= left.length; i++) {
    const row = [i];
    for (let j = 1; j <= right.length; j++) {
      const replaced = at(last, j - 1) + (left[i - 1] === right[j - 1] ? 0 : 1);
      let distance = Math.min(replaced, at(last, j) + 1, at(row, j - 1) + 1);
      if (left[i - 1] === right[j - 2] && left[i - 2] === right[j - 1] && i > 1 && j > 1) {
        distance = Math.min(distance, at(beforeLast, j - 2) + 1);
      }
      row.push(distance);
    }
    if (Math.min(...row) > limit) return limit + 1;
    beforeLast = last;
    last = row;
  }
  return Math.min(at(last, right.length), limit + 1);
}

const at = (row: readonly number[], index: number): number => row[index] ?? Number.POSITIVE_INFINITY;
