import type { Metric, MetricProviderKind } from '../../../schemas/index.js';
import { evaluateConditions } from '../../condition/index.js';
import { codeOf } from './condition-hints.js';
import { isOpen } from './known-values.js';
import { RESULT_SAMPLES, type VoidKind } from './result-samples.js';

/** A condition with these says itself what the lack of a value means. A predicate of `count` is never asked about one. */
const SPEAKS_OF: Readonly<Record<VoidKind, RegExp>> = {
  empty: /\b(?:len|default|isNil)\s*\(|\?\?|\bnil\b/,
  nan: /\bisNaN\s*\(/,
  noJson: /\b(?:len|type)\s*\(/,
};

const LOOKS_AT_RESULT = /\bresult\b|\$env\b|\b(?:default|isNil|now)\s*\(/;

/** How a metric passes without evidence, if it does: a sentence for each way. */
export function passesWithoutEvidence(metric: Metric, kind: MetricProviderKind): readonly string[] {
  const { successCondition = '', failureCondition = '' } = metric;
  if (successCondition === '' && failureCondition === '') {
    return [
      'no successCondition and no failureCondition: every measurement is Successful, whatever its value',
    ];
  }
  if (isOpen(successCondition) || isOpen(failureCondition)) return [];
  const code = `${codeOf(successCondition)}\n${codeOf(failureCondition)}`;
  if (!LOOKS_AT_RESULT.test(code)) return constant(metric, kind);
  const told = new Set<VoidKind>();
  for (const { means, value } of RESULT_SAMPLES[kind].voids) {
    if (told.has(means) || SPEAKS_OF[means].test(code)) continue;
    if (evaluateConditions(value, { successCondition, failureCondition }).phase === 'Successful')
      told.add(means);
  }
  return [...told].map((means) => sentence(means, successCondition === ''));
}

function constant(
  { successCondition, failureCondition }: Metric,
  kind: MetricProviderKind,
): readonly string[] {
  const sample = RESULT_SAMPLES[kind].types[0] ?? { type: 'json', value: 0 };
  const { phase } = evaluateConditions(sample, { successCondition, failureCondition });
  return [`the conditions do not look at result: every measurement is ${phase}, whatever its value`];
}

function sentence(means: VoidKind, isFailureOnly: boolean): string {
  switch (means) {
    case 'empty':
      return `an empty result is Successful: no data would pass. Say what it means, e.g. with ${
        isFailureOnly ? 'len(result) == 0 || …' : 'len(result) > 0 && …'
      }`;
    case 'nan':
      return `a result that is NaN (no number, as of 0 / 0 without traffic) is Successful: no data would pass. Say what it means, e.g. with ${
        isFailureOnly ? 'isNaN(result[0]) || …' : '!isNaN(result[0]) && …'
      }`;
    case 'noJson':
      return 'an answer with an empty body is Successful, and so may any page be that is no JSON: no data would pass. Say what is good, e.g. with successCondition: result.status == "ok"';
  }
}
