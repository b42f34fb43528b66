import { expect, it } from 'vitest';
import { webhookId } from '../../service/engine/new-deliveries.js';

const measurement = { phase: 'Successful' } as const;
const idOf = (run: string, metric: string): string =>
  webhookId(run, { event: 'measurement', metric, ordinal: 1, measurement });

it('the id of a webhook is that of one event only, whatever dots there are in ids of runs and names of metrics', () => {
  expect(idOf('a.b', 'c')).toBe('a.b.c.1');
  expect(idOf('a', 'b.c')).toBe('a.b%2Ec.1');
  expect(webhookId('a.b', { event: 'verdict' })).toBe('a.b.verdict');
  expect(idOf('a', 'error rate/ü')).toBe('a.error%20rate%2F%C3%BC.1');
});

it('the id of a webhook fits into a header for every name that a metric may have', () => {
  expect(idOf('a', '\ud800\r\n')).toBe('a.%EF%BF%BD%0D%0A.1');
});
