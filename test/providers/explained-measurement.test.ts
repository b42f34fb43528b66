import { describe, expect, it } from 'vitest';
import type { Metric } from '../../schemas/index.js';
import type { TypedValue } from '../../service/condition/index.js';
import {
  createRegistry,
  type HttpClient,
  type Reading,
  takeExplainedMeasurement,
} from '../../service/providers/index.js';
import { contextWith, NOW_MS } from './measure.js';

const http: HttpClient = {
  request: () => Promise.reject(new Error('no test of this file uses the network')),
  close: () => undefined,
};

/** Takes a measurement that finds `reading`. */
function take(reading: Reading, conditions: Partial<Metric>, secretValues: readonly string[] = []) {
  return takeExplainedMeasurement({
    metric: { name: 'm', provider: { graphite: { query: 'q' } }, ...conditions },
    registry: createRegistry({
      graphite: { kind: 'graphite', measure: () => Promise.resolve(reading) },
    }),
    context: contextWith(http),
    op: 'measure',
    secretValues,
  });
}

const found = (value: TypedValue): Reading => ({ kind: 'value', value, text: 'text' });

describe('an explained measurement', () => {
  it('has the parts of both conditions, outermost first, with their places', async () => {
    const { phase, explain } = await take(found({ type: 'float64[]', value: [0.93] }), {
      successCondition: 'len(result) > 0 &&\n  result[0] >= 0.95',
      failureCondition: 'result[0] < 0.5',
    });
    expect(phase).toBe('Inconclusive');
    const short = explain.successCondition?.map(
      ({ expression, depth, line, column, value = '?' }) =>
        `${line}:${column} ${depth} ${expression.replace(/\s+/g, ' ')} = ${value}`,
    );
    expect(short).toEqual([
      '1:1 0 len(result) > 0 && result[0] >= 0.95 = false',
      '1:1 1 len(result) > 0 = true',
      '1:1 2 len(result) = 1',
      '1:5 3 result = [0.93]',
      '2:3 1 result[0] >= 0.95 = false',
      '2:3 2 result[0] = 0.93',
      '2:3 3 result = [0.93]',
    ]);
    expect(explain.failureCondition?.[0]).toMatchObject({ expression: 'result[0] < 0.5', value: 'false' });
  });

  it('says which part failed, and has neither value nor error for what was not needed', async () => {
    const { explain } = await take(found({ type: 'json', value: {} }), {
      successCondition: 'false && result.a || result.b > 1',
    });
    const part = (expression: string) =>
      explain.successCondition?.find((each) => each.expression === expression);
    expect(part('result.a')).toEqual({ expression: 'result.a', depth: 2, line: 1, column: 10 });
    expect(part('result.b > 1')).toHaveProperty('error', expect.stringContaining('nil'));
  });

  it('points at the place of a condition that does not compile', async () => {
    const { explain } = await take(found({ type: 'float64', value: 1 }), {
      successCondition: 'result >\n 1 >',
    });
    expect(explain.successCondition).toEqual([
      { expression: 'result >\n 1 >', depth: 0, line: 2, column: 5, error: 'unexpected token EOF' },
    ]);
  });

  it('shows no parts of a condition with a secret in it, only whether it was true', async () => {
    const ask = (successCondition: string) =>
      take(found({ type: 'string', value: 'x' }), { successCondition }, ['s3cret-word']);
    const whole = { depth: 0, line: 1, column: 1 };
    const error =
      'the reason is not told, as it may hold parts of the secret in the condition: try the condition with another value in its place';
    expect((await ask('"s3cret-word"[2:] == result')).explain.successCondition).toEqual([
      { ...whole, expression: '"*****"[2:] == result', value: 'false' },
    ]);
    expect((await ask('int("s3cret-word"[2:]) == 1')).explain.successCondition).toEqual([
      { ...whole, expression: 'int("*****"[2:]) == 1', error },
    ]);
    expect((await ask('result == s3cret-word')).explain.successCondition).toEqual([
      { ...whole, column: 11, expression: 'result == *****', error },
    ]);
  });

  it('explains now() by the time at which the measurement was judged', async () => {
    const { explain } = await take(found({ type: 'float64', value: 1 }), {
      successCondition: 'now().Year() > 2000',
    });
    const now = explain.successCondition?.find(({ expression }) => expression === 'now()');
    expect(now?.value).toContain(new Date(NOW_MS).getUTCFullYear().toString());
  });

  it('masks secrets before it cuts what is long, so that no half of one is shown', async () => {
    const text = `${'x'.repeat(296)}s3cret-value`;
    const { explain } = await take(
      found({ type: 'string', value: text }),
      { successCondition: 'result == "x"', failureCondition: `"${text}" == result` },
      ['s3cret-value'],
    );
    expect(JSON.stringify(explain)).not.toContain('s3c');
    expect(explain.successCondition?.[1]?.value).toBe(`${'x'.repeat(296)}****…`);
    expect(explain.failureCondition?.[0]?.expression).toBe(`"${'x'.repeat(296)}***…`);
  });

  it('has nothing to explain when the store judged itself', async () => {
    const { explain } = await take({ kind: 'judged', phase: 'Failed' }, { successCondition: 'result > 1' });
    expect(explain).toEqual({});
  });
});
