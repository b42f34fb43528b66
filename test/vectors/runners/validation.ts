import {
  effectiveCount,
  intValue,
  isWorse,
  matchDryRun,
  type Matches,
  matchRetention,
  validateMetrics,
  worstOf,
} from '../../../service/analysis/index.js';
import type { AnalysisPhase } from '../../../schemas/index.js';
import { casesOf, judge, recordOf, textOf, type VectorCase } from '../judge.js';
import { fieldOf } from '../kubernetes-json.js';
import type { VectorRunner } from '../runner.js';

/** validation.json: what the rules of a run say of its parts, or the whole error. */
export const runner: VectorRunner = {
  file: /^validation\.json$/,
  run: ({ json }) =>
    Promise.resolve(casesOf(json).map((item) => judge(item, recordOf(item, 'expect'), outcome(item)))),
};

function outcome(item: VectorCase): Record<string, unknown> {
  const input = recordOf(item, 'in');
  const op = textOf(item, 'op');
  switch (op) {
    case 'ValidateMetrics': {
      const error = validateMetrics(fieldOf(input, 'metrics'));
      return error === undefined ? { ok: true } : { error };
    }
    case 'EffectiveCount': {
      const count = effectiveCount(fieldOf(input, 'metric'));
      return count === undefined
        ? { effectiveCount: null }
        : { effectiveCount: count, intValue: intValue(count) };
    }
    case 'GetDryRunMetrics': {
      const matches = matchDryRun(fieldOf(input, 'dryRun'), fieldOf(input, 'metrics'));
      return told(matches, () => true);
    }
    case 'GetMeasurementRetentionMetrics': {
      const rules = fieldOf(input, 'measurementRetention');
      return told(matchRetention(rules, fieldOf(input, 'metrics')), (rule) => rule);
    }
    case 'Worst': {
      const left = textOf(input, 'left') as AnalysisPhase;
      const right = textOf(input, 'right') as AnalysisPhase;
      return { worst: worstOf(left, right), isWorse: isWorse(left, right) };
    }
    default:
      throw new TypeError(`unknown op ${op}`);
  }
}

function told<Rule>(matches: Matches<Rule>, shown: (rule: Rule) => unknown): Record<string, unknown> {
  if (!matches.ok) return { error: matches.message };
  return { matched: Object.fromEntries([...matches.byMetric].map(([name, rule]) => [name, shown(rule)])) };
}
