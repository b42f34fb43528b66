import type { Evidence } from './evidence.js';
import type { Topology } from './faults.js';
import { longestGapMs, type Violation } from './invariants.js';

/** Violations of one invariant that are told; the others are only counted. */
const SHOWN = 10;
const MIB = 2 ** 20;

/** What was seen and what was wrong with it, in lines. */
export function reportOf(topology: Topology, evidence: Evidence, violations: readonly Violation[]): string {
  const { runs, outages, before, after } = evidence;
  const verdicts = countBy(runs.map(({ run }) => run?.status?.verdict ?? 'none'));
  const asked = runs.flatMap((run) => [...run.asked.values()]).flat();
  const counted = runs.flatMap(({ run }) => run?.status?.metricResults ?? []);
  const sum = (of: (result: (typeof counted)[number]) => number | undefined): number =>
    counted.reduce((total, result) => total + (of(result) ?? 0), 0);
  const calls = runs.flatMap(({ told }) => told);
  const lines = [
    `${topology}: ${violations.length === 0 ? 'every invariant held' : `${violations.length} violations`}`,
    `  faults        ${textOf(countBy(outages.map(({ fault }) => fault)))}`,
    `  verdicts      ${textOf(verdicts)}`,
    `  measurements  ${asked.length} asked, ${sum(({ count }) => count)} counted, ${sum(({ error }) => error)} errors (${asked.filter(({ hung }) => hung).length} hung)`,
    `  longest gap   ${Math.round(longestGapMs(evidence))} ms beyond the interval, with somebody there to measure`,
    `  callbacks     ${calls.length} calls for ${runs.length} runs`,
    `  redis         ${before.redisKeys} keys before, ${after.redisKeys} after; ${mib(before.redisBytes)} before, ${mib(after.redisBytes)} after`,
    `  api process   ${mib(before.apiRssBytes)} before, ${mib(after.apiRssBytes)} after`,
  ];
  for (const [invariant, count] of countBy(violations.map((each) => each.invariant))) {
    lines.push(`  BROKEN: ${invariant} (${count})`);
    const told = violations.filter((each) => each.invariant === invariant).slice(0, SHOWN);
    lines.push(...told.map(({ what }) => `    ${what}`));
  }
  return lines.join('\n');
}

function countBy(words: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return counts;
}

const textOf = (counts: ReadonlyMap<string, number>): string =>
  [...counts].map(([word, count]) => `${count} ${word}`).join(', ') || 'none';

const mib = (bytes: number): string => `${(bytes / MIB).toFixed(1)} MiB`;
