import type { Result } from './run-scenario.js';

/** What is said of a scenario, and whether the run may be a success with it. */
export interface Judgement {
  readonly text: string;
  readonly isGood: boolean;
}

/** Judges how a scenario went, by the differences that are known: names and reasons. */
export function judge(result: Result, known: ReadonlyMap<string, string>): Judgement {
  const { scenario, outcome, seconds, log, complaints } = result;
  const reason = known.get(scenario.name);
  const line = (word: string): string => `${word.padEnd(5)} ${scenario.name} (${seconds.toFixed(1)} s)`;
  const isFailed = outcome === 'fail' || outcome === 'lost';
  if (reason !== undefined) {
    return isFailed
      ? { isGood: true, text: `${line('known')}\n      ${reason}` }
      : { isGood: false, text: `${line(outcome)}\n      it is among the known differences: ${reason}` };
  }
  if (!isFailed) return { isGood: true, text: line(outcome) };
  return {
    isGood: false,
    text: [line(outcome), ...[...complaints, log].map((each) => `      ${each}`)].join('\n'),
  };
}

/** E.g. `90 passed, 1 failed, 2 skipped, 1 known difference`. */
export function totals(results: readonly Result[], known: ReadonlyMap<string, string>): string {
  const counts = { passed: 0, failed: 0, skipped: 0, known: 0 };
  for (const result of results) {
    const { isGood } = judge(result, known);
    if (!isGood) counts.failed += 1;
    else if (known.has(result.scenario.name)) counts.known += 1;
    else counts[result.outcome === 'skip' ? 'skipped' : 'passed'] += 1;
  }
  const { passed, failed, skipped } = counts;
  return `${passed} passed, ${failed} failed, ${skipped} skipped, ${counts.known} known differences`;
}
