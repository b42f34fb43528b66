import { expect, it } from 'vitest';
import { webhookId } from '../../service/engine/new-deliveries.js';

const measurement = { phase: 'Successful' } as const;
const incarnation = 'gGhB_1-x';
const idOf = (id: string, metric: string): string =>
  webhookId({ id, incarnation }, { event: 'measurement', metric, ordinal: 1, measurement });

it('the id of a webhook is that of one event only, whatever dots there are in ids of runs and names of metrics', () => {
  expect(idOf('a.b', 'c')).toBe('a.b.gGhB_1-x.c.1');
  expect(idOf('a', 'b.c')).toBe('a.gGhB_1-x.b%2Ec.1');
  expect(webhookId({ id: 'a.b', incarnation }, { event: 'verdict' })).toBe('a.b.gGhB_1-x.verdict');
  expect(idOf('a', 'error rate/ü')).toBe('a.gGhB_1-x.error%20rate%2F%C3%BC.1');
});

it('the id of a webhook fits into a header for every name that a metric may have', () => {
  expect(idOf('a', '\ud800\r\n')).toBe('a.gGhB_1-x.%EF%BF%BD%0D%0A.1');
});
