import type { LabelSelector } from '../../../../schemas/index.js';

/** A label selector as the API server takes it in a query. An operator that it does not know is left to it to refuse. */
export function selectorText({ matchLabels = {}, matchExpressions = [] }: LabelSelector): string {
  const labels = Object.entries(matchLabels).map(([name, value]) => `${name}=${value}`);
  const expressions = matchExpressions.map(({ key, operator, values = [] }) => {
    if (operator === 'Exists') return key;
    if (operator === 'DoesNotExist') return `!${key}`;
    const word = operator === 'In' ? 'in' : operator === 'NotIn' ? 'notin' : operator;
    return `${key} ${word} (${values.join(',')})`;
  });
  return [...labels, ...expressions].join(',');
}
