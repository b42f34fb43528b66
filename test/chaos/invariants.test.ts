import { expect, it } from 'vitest';
import type { AnalysisRun } from '../../schemas/index.js';
import type { Asked, Evidence, Outage, RunEvidence } from './evidence.js';
import { violationsIn } from './invariants.js';

const ALLOWANCE = { lockMs: 3_000, sweepMs: 1_000, slackMs: 1_000 };
const START_MS = 1_000_000;
const INTERVAL_MS = 1_000;
const NUMBERS = [1, 2, 3, 4, 5, 6, 7, 8];

const asked = (number: number, atMs = START_MS + number * INTERVAL_MS, hung = false): Asked => ({
  number,
  atMs,
  hung,
});

/** The answer of the API for a run that was judged by the answers with these numbers. */
const runOf = (numbers: readonly number[], verdict: 'promote' | 'rollback' = 'promote'): AnalysisRun => ({
  spec: { metrics: [] },
  status: {
    phase: verdict === 'promote' ? 'Successful' : 'Failed',
    verdict,
    metricResults: [
      {
        name: 'm0',
        phase: 'Successful',
        count: numbers.length,
        successful: numbers.length,
        measurements: numbers.map((number) => ({ phase: 'Successful', value: `{"number":${number}}` })),
      },
    ],
  },
});

const well: RunEvidence = {
  planned: { id: 'run', kind: 'good', metrics: 1, intervalMs: INTERVAL_MS },
  acceptedAtMs: START_MS,
  endedAtMs: START_MS + 10_000,
  run: runOf(NUMBERS),
  asked: new Map([['m0', NUMBERS.map((number) => asked(number))]]),
  told: [{ webhookId: 'run.verdict', verdict: 'promote' }],
};
const SIZES = { redisKeys: 0, redisBytes: 4_000_000, apiRssBytes: 200_000_000 };

function brokenBy(run: Partial<RunEvidence>, more: Partial<Evidence> = {}): readonly string[] {
  const { run: _run, ...rest } = well;
  const seen: RunEvidence =
    'run' in run && run.run === undefined ? { ...rest, ...run, run: undefined } : { ...well, ...run };
  const evidence = { runs: [seen], outages: [], badAnswers: [], before: SIZES, after: SIZES, ...more };
  return violationsIn(evidence, ALLOWANCE).map(({ what }) => what);
}

const outage = (fromMs: number, toMs: number, excuses = true): Outage => ({
  fault: 'cutNetwork',
  fromMs,
  toMs,
  excuses,
});
/** The fourth question comes six seconds late. */
const late = new Map([
  ['m0', NUMBERS.map((number) => asked(number, START_MS + number * INTERVAL_MS + (number >= 4 ? 6_000 : 0)))],
]);

it('nothing is broken by a run that went well', () => {
  expect(brokenBy({})).toEqual([]);
});

it.each<[string, Partial<RunEvidence>, string]>([
  ['is not known', { run: undefined }, 'run was accepted and is not known'],
  ['ended otherwise', { run: runOf(NUMBERS, 'rollback') }, 'run ended rollback and not promote'],
  [
    'counted an answer twice',
    { run: runOf([1, 2, 2, 3, 4, 5, 6, 7]) },
    'run m0: answers 1 2 2 3 4 5 6 7 are not each counted once, in turn',
  ],
  [
    'counted what was never answered',
    { run: runOf([1, 2, 3, 4, 5, 6, 7, 9]) },
    'run m0: answers 9 were never given',
  ],
  [
    'counted too many',
    { run: runOf([...NUMBERS, 9]), asked: new Map([['m0', [...NUMBERS, 9].map((each) => asked(each))]]) },
    'run m0: 9 counted of 8',
  ],
  [
    'lost an answer though nothing happened',
    { run: runOf([1, 2, 3, 4, 5, 6, 7]) },
    'run m0: 1 answers lost in 0 faults',
  ],
  ['stood still', { asked: late }, 'run m0: 7000 ms before question 4, allowed 6000'],
  ['was told to nobody', { told: [] }, 'run was never told'],
  [
    'was told under two ids',
    { told: [...well.told, { webhookId: 'other', verdict: 'promote' }] },
    'run was told as run.verdict, other',
  ],
  [
    'was told another verdict',
    { told: [...well.told, { webhookId: 'run.verdict', verdict: 'rollback' }] },
    'run was told promote, rollback',
  ],
])('it is told of a run that %s', (_what, run, told) => {
  expect(brokenBy(run)).toContain(told);
});

it('a time in which nobody could measure excuses a gap, and each moment of it once', () => {
  const [fromMs, toMs] = [START_MS + 4_000, START_MS + 6_000];
  expect(brokenBy({ asked: late }, { outages: [outage(fromMs, toMs)] })).toEqual([]);
  expect(brokenBy({ asked: late }, { outages: [outage(fromMs, toMs, false)] })).not.toEqual([]);
  const half = [fromMs, fromMs + 400] as const;
  expect(
    brokenBy({ asked: late }, { outages: [outage(...half), outage(...half), outage(...half)] }),
  ).not.toEqual([]);
});

it('after a question that hung the next one may come as late as after an error', () => {
  const questions = [asked(1, START_MS + INTERVAL_MS, true), asked(2, START_MS + INTERVAL_MS + 17_000)];
  expect(
    brokenBy({ asked: new Map([['m0', questions]]) }).filter((what) => what.includes('before question')),
  ).toEqual([]);
});

it('it is told of bad answers and of what is left', () => {
  expect(brokenBy({}, { badAnswers: ['500 to GET run: {}'] })).toEqual(['500 to GET run: {}']);
  expect(brokenBy({}, { after: { ...SIZES, redisKeys: 1 } })).toEqual(['redisKeys: 0 before, 1 after']);
  expect(brokenBy({}, { after: { ...SIZES, redisBytes: 9_000_000 } })).toEqual([
    'redisBytes: 4000000 before, 9000000 after',
  ]);
});
