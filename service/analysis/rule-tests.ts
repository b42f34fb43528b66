import { compileRegex, patternPrice } from '../condition/index.js';

/**
 * Steps (some 60 ns each) that the rules of one field may take together, to compile and to match: enough for hundreds of rules
 * and hundreds of metrics, and short of what the others of a process would have to wait for.
 */
const RULE_BUDGET = 5_000_000;
/** The steps of a test, beside those of a look at the name. */
const TEST_PRICE = 10;

/** A rule of `dryRun` or `measurementRetention`: an expression for the names of metrics. */
export interface NamingRule {
  readonly metricName: string;
}

/** Whether the expression of a rule matches a name, or what is wrong with it. */
export type NameTest = ((name: string) => boolean) | Error;

/** Rules are too many, or too large, for so many metrics. */
export class RuleBudgetError extends Error {
  override readonly name = 'RuleBudgetError';

  constructor() {
    super('the rules are too many, or too large, to be matched with the metrics');
  }
}

/**
 * The tests of rules (RE2, unanchored), each compiled once: what is compiled elsewhere is kept for a few hundred only.
 * @throws RuleBudgetError, which each of the tests may throw as well, as all of them have one budget.
 */
export function nameTests(rules: readonly NamingRule[]): readonly NameTest[] {
  let left = RULE_BUDGET;
  const spend = (steps: number): void => {
    left -= steps;
    if (left < 0) throw new RuleBudgetError();
  };
  return rules.map(({ metricName }) => {
    spend(patternPrice(metricName));
    const regex = regexOf(metricName);
    if (regex instanceof Error) return regex;
    return (name) => {
      spend(TEST_PRICE + name.length);
      return regex.test(name, spend);
    };
  });
}

function regexOf(source: string): ReturnType<typeof compileRegex> | Error {
  try {
    return compileRegex(source);
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}
