import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import type { Metric } from '../../schemas/index.js';
import { readDatapoints } from '../../service/providers/graphite/datapoints.js';
import { isGoUrl } from '../../service/providers/graphite/go-url.js';
import { renderUrl } from '../../service/providers/graphite/render-url.js';
import { ProviderError } from '../../service/providers/provider-error.js';
import { measureOnce } from './measure.js';
import { serverOfFile } from './server-of-file.js';

const { server, http } = await serverOfFile();

describe('a measurement by Graphite', () => {
  const measure = (more: Partial<Metric> = {}, signal = new AbortController().signal) =>
    measureOnce({ provider: { graphite: { address: server.url, query: 'target=a' } }, ...more }, http, {
      signal,
    });

  it('takes the first series of several', async () => {
    server.answer([{ body: '[{"datapoints":[[1,1]]},{"datapoints":[[2,1]]}]' }]);
    expect(await measure()).toMatchObject({ phase: 'Successful', value: '[1.000000]' });
  });

  it.each(['[]', 'null', '[null]', '[{}]', '[{"target":"a","datapoints":null}]'])(
    'of %s is an Error: nothing was found',
    async (body) => {
      server.answer([{ body }]);
      expect(await measure()).toMatchObject({ phase: 'Error', message: 'no values found' });
    },
  );

  it('of points without values does not pass, unless the condition says so', async () => {
    server.answer([{ body: '[{"datapoints":[[null,1],[null,2]]}]' }]);
    expect(await measure({ successCondition: 'result[0] < 1' })).toMatchObject({
      phase: 'Error',
      value: '[]',
      message:
        'could not evaluate successCondition "result[0] < 1": metric result is nil or empty: no data returned from the metric provider',
    });
    expect(await measure({ successCondition: 'len(result) == 0' })).toMatchObject({ phase: 'Successful' });
  });

  it('shows the beginning of a long refusal', async () => {
    server.answer([{ status: 500, body: 'x'.repeat(5_000) }]);
    const { message } = await measure();
    expect(message).toHaveLength(4_096);
    expect(message?.startsWith(`error response: ${'x'.repeat(4_000)}`)).toBe(true);
  });

  it('of an answer that is larger than any metric needs is an Error', async () => {
    server.answer([{ body: `[${' '.repeat(11 * 1024 * 1024)}]` }]);
    expect(await measure()).toMatchObject({
      phase: 'Error',
      message: expect.stringContaining('the answer is larger than') as string,
    });
  });

  it('ends when nobody waits for it any more', async () => {
    const controller = new AbortController();
    server.answer(() => {
      controller.abort();
      return { delayMs: 60_000 };
    });
    expect(await measure({}, controller.signal)).toMatchObject({
      phase: 'Error',
      message: expect.stringContaining('context canceled') as string,
    });
  });

  it('does not show the password of the address', async () => {
    const graphite = { address: 'http://user:s3cret@[::1', query: 'target=a' };
    const { message } = await measure({ provider: { graphite } });
    expect(message).toBe('Graphite address http://[::1 is not a valid URL');
  });
});

describe('the URL of a render request', () => {
  it.each([
    ['http://g', 'target=a', 'http://g/render?format=json&target=a'],
    ['http://g/', '', 'http://g/render?format=json'],
    [
      'http://user:pw@g:80/a//b/../c/?x=1#y',
      'target=a',
      'http://user:pw@g:80/a/c/render?format=json&target=a',
    ],
    ['provider://prod/sub', 'target=a', 'provider://prod/sub/render?format=json&target=a'],
    // White space goes, wherever it is.
    [
      'http://g',
      'target=sum(\n  a.*,\n  b\n)\n&from=-5min',
      'http://g/render?format=json&from=-5min&target=sum%28a.%2A%2Cb%29',
    ],
    // What follows # is no query, and a field without a value is one.
    ['http://g', 'noCache&target=a#b', 'http://g/render?format=json&noCache=&target=a'],
    ['http://g', '&&target=a=b&format=csv&f%6Frmat=png', 'http://g/render?format=json&target=a%3Db'],
    ['http://g', 'target=ü%FF&a=~', 'http://g/render?a=~&format=json&target=%C3%BC%FF'],
  ])('of %s and %j', (address, query, url) => {
    expect(renderUrl(address, query)).toBe(url);
  });

  it.each([
    ['', false],
    ['http://g', true],
    ['graphite.local', true],
    ['graphite.local:8080', true],
    ['127.0.0.1:8080', false],
    ['://g', false],
    ['http://g:80a', false],
    ['http://g:', true],
    ['http://[::1]:80', true],
    ['http://[::1]a', false],
    ['http://a b', false],
    ['http://g/a b', true],
    ['http://g/%zz', false],
    ['http://g?%zz', true],
    ['http://g#%zz', false],
    ['http://us er@g', false],
    ['http://g\n', false],
  ])('needs an address that Go takes: %j %s', (address, valid) => {
    expect(address !== '' && isGoUrl(address)).toBe(valid);
    if (!valid) expect(() => renderUrl(address, '')).toThrow('is not a valid URL');
  });
});

describe('the points of an answer', () => {
  it.each([
    ['[{"datapoints":[null]}]', 'error unmarshaling data point: []'],
    ['[{"datapoints":[[1,2,{"b":3,"a":null}]]}]', 'error unmarshaling data point: [1 2 map[a:<nil> b:3]]'],
    ['[{"datapoints":[[[1],2]]}]', 'error unmarshaling value: [1]'],
    ['[{"datapoints":[[1,1]]},{"datapoints":[["x",1]]}]', 'strconv.ParseFloat: parsing "x": invalid syntax'],
    ['[{"datapoints":[["1e999",1]]}]', 'strconv.ParseFloat: parsing "1e999": value out of range'],
    ['[{"datapoints":[[1e999,1]]}]', 'the answer is not JSON'],
    ['[{"target":5,"datapoints":[[1,1]]}]', 'the target of a series is not a text'],
    ['['.repeat(5_000), 'the answer is nested more than 1000 levels deep'],
  ])('that can not be read are refused (%#)', (body, message) => {
    expect(() => readDatapoints(body)).toThrow(new ProviderError('badResponse', message));
  });

  it('are found whatever the case of the names', () => {
    expect(readDatapoints('[{"Datapoints":[[1,1],["0x1p4",null],[null,"7"]]}]')).toEqual([1, 16, null]);
  });

  test.prop([fc.json({ maxDepth: 5 })])('of any JSON are read or refused', (body) => {
    try {
      for (const point of readDatapoints(body))
        expect(point === null || typeof point === 'number').toBe(true);
    } catch (error) {
      expect(error).toBeInstanceOf(ProviderError);
    }
  });
});
