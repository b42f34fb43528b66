import { describe, expect, it } from 'vitest';
import type { Metric } from '../../schemas/index.js';
import {
  createRegistry,
  describeMetric,
  type ProviderSet,
  type Reading,
} from '../../service/providers/index.js';
import { metric, scriptedProvider, take } from './scripted-provider.js';

describe('credentials that a provider uses', () => {
  /** A provider that shows a credential wherever it can. */
  const careless = (credential: string): ProviderSet => ({
    job: {
      kind: 'job',
      measure(_spec, { hide }) {
        hide?.(credential);
        return Promise.resolve({
          kind: 'value',
          value: { type: 'string', value: 'ok' },
          text: `"${credential}"`,
          metadata: { asked: credential },
        });
      },
    },
  });

  it('are masked in value and metadata', async () => {
    expect(await take(new Error(), { registry: createRegistry(careless('k3y-0f-st0re')) })).toMatchObject({
      value: '"*****"',
      metadata: { asked: '*****' },
    });
  });

  it('are masked in the spellings in which servers give them back', async () => {
    const credential = 'p&ss "w0rd"';
    const reading: Reading = {
      kind: 'value',
      value: { type: 'json', value: { got: credential } },
      text: '{"got":"p\\u0026ss \\"w0rd\\""}',
      metadata: {
        asked: 'GET /?key=p%26ss+%22w0rd%22',
        header: `Basic ${Buffer.from(`me:${credential}`).toString('base64')}`,
      },
    };
    expect(await take(reading, { secretValues: [credential] })).toMatchObject({
      value: '{"got":"*****"}',
      metadata: { asked: 'GET /?key=*****', header: 'Basic bWU6*****' },
    });
  });

  it('of less than four characters hide nothing', async () => {
    expect(await take(new Error(), { registry: createRegistry(careless('ok')) })).toMatchObject({
      value: '"ok"',
    });
  });
});

describe('a measurement', () => {
  it('shows no secret, neither in value and message nor in metadata', async () => {
    const secretValues = ['s3cret'];
    expect(await take(new Error('bad s3cret'), { secretValues })).toMatchObject({ message: 'bad *****' });
    const reading: Reading = {
      kind: 'value',
      value: { type: 'string', value: 's3cret' },
      text: '"s3cret"',
      metadata: { a: 'x s3cret' },
    };
    expect(
      await take(reading, { secretValues, metric: { ...metric, successCondition: 'result == "s3cret"' } }),
    ).toMatchObject({
      phase: 'Successful',
      value: '"*****"',
      metadata: { a: 'x *****' },
    });
    expect(describeMetric(metric, createRegistry(scriptedProvider(reading)), secretValues)).toEqual({
      query: 'q *****',
    });
  });

  it('masks a secret that would be cut in half', async () => {
    const text = `${'x'.repeat(4_060)}s3cret-word${'y'.repeat(100)}`;
    const { value } = await take(
      { kind: 'value', value: { type: 'string', value: 'a' }, text },
      { secretValues: ['s3cret-word'] },
    );
    expect(value).not.toContain('s3');
  });

  it.each([
    ['result == s3cret-word', 'result == *****'],
    ['int("s3cret-word"[2:]) == 1', 'int("*****"[2:]) == 1'],
    ['int(join(split("s3cret-word", ""), ".")) == 1', 'int(join(split("*****", ""), ".")) == 1'],
  ])('tells no part of a secret that stands in a condition: %s', async (successCondition, shown) => {
    const reading: Reading = { kind: 'value', value: { type: 'string', value: 'x' }, text: 'x' };
    const secretValues = ['s3cret-word'];
    const { phase, message } = await take(reading, { secretValues, metric: { ...metric, successCondition } });
    expect(phase).toBe('Error');
    expect(message).toBe(
      `could not evaluate successCondition "${shown}": the reason is not told, as it may hold parts of the secret in the condition: try the condition with another value in its place`,
    );
  });

  it('tells why a condition with a secret gave no bool or had no data', async () => {
    const secretValues = ['s3cret'];
    const withSecret: Metric = { ...metric, successCondition: '"s3cret"' };
    const one: Reading = { kind: 'value', value: { type: 'float64', value: 1 }, text: '1' };
    expect(await take(one, { secretValues, metric: withSecret })).toMatchObject({
      message: 'could not evaluate successCondition ""*****"": expected bool, but got string',
    });
    const nothing: Reading = { kind: 'value', value: { type: 'float64[]', value: [] }, text: '[]' };
    const first: Metric = { ...metric, successCondition: 'result[0] == asFloat("s3cret")' };
    expect(await take(nothing, { secretValues, metric: first })).toMatchObject({
      message:
        'could not evaluate successCondition "result[0] == asFloat("*****")": metric result is nil or empty: no data returned from the metric provider',
    });
  });
});
