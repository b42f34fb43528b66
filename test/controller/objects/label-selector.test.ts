import { expect, it } from 'vitest';
import { selects } from '../../../service/controller/objects/label-selector.js';

const labels = { app: 'shop', track: 'a' };
const of = (key: string, operator: string, ...values: readonly string[]) => ({
  matchExpressions: [{ key, operator, ...(values.length === 0 ? {} : { values: [...values] }) }],
});

it.each([
  [{ matchLabels: { app: 'shop' } }, true],
  [{ matchLabels: { app: 'shop', track: 'b' } }, false],
  [of('track', 'In', 'b', 'a'), true],
  [of('track', 'In', 'b'), false],
  [of('zone', 'In', 'b'), false],
  [of('track', 'NotIn', 'b'), true],
  [of('track', 'NotIn', 'a'), false],
  [of('zone', 'NotIn', 'a'), true],
  [of('track', 'Exists'), true],
  [of('zone', 'Exists'), false],
  [of('zone', 'DoesNotExist'), true],
  [of('track', 'DoesNotExist'), false],
  [{ matchLabels: { app: 'shop' }, ...of('track', 'In', 'b') }, false],
  [of('track', 'Gt', '1'), false],
  [{}, false],
])('%j: %s', (selector, isSelected) => {
  expect(selects(selector, labels)).toBe(isSelected);
});
