import { expect, it } from 'vitest';
import type { Result } from './run-scenario.js';
import type { Outcome } from './scenarios.js';
import { judge, totals } from './verdict.js';

const resultOf = (name: string, outcome: Outcome): Result => ({
  ...{ scenario: { name, pattern: '' }, outcome, seconds: 1.26 },
  ...{ log: '/logs/a.log', complaints: outcome === 'pass' ? [] : ['then.go:1: too late'] },
});
const KNOWN = new Map([['Suite/TestKnown', 'because']]);

it('a failure tells what was wrong and where the log is', () => {
  expect(judge(resultOf('Suite/TestA', 'fail'), KNOWN)).toEqual({
    isGood: false,
    text: 'fail  Suite/TestA (1.3 s)\n      then.go:1: too late\n      /logs/a.log',
  });
});

it('a process that ended without an outcome is a failure', () => {
  expect(judge(resultOf('Suite/TestA', 'lost'), KNOWN).isGood).toBe(false);
});

it('a known difference is none any more when it passes', () => {
  expect(judge(resultOf('Suite/TestKnown', 'fail'), KNOWN)).toEqual({
    isGood: true,
    text: 'known Suite/TestKnown (1.3 s)\n      because',
  });
  expect(judge(resultOf('Suite/TestKnown', 'pass'), KNOWN)).toEqual({
    isGood: false,
    text: 'pass  Suite/TestKnown (1.3 s)\n      it is among the known differences: because',
  });
});

it('totals count each scenario once', () => {
  const results = [
    resultOf('Suite/TestA', 'pass'),
    resultOf('Suite/TestB', 'skip'),
    resultOf('Suite/TestC', 'fail'),
    resultOf('Suite/TestD', 'lost'),
    resultOf('Suite/TestKnown', 'fail'),
  ];
  expect(totals(results, KNOWN)).toBe('1 passed, 2 failed, 1 skipped, 1 known differences');
});
