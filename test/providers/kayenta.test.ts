import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import type { KayentaMetric, Measurement, Metric } from '../../schemas/index.js';
import {
  builtInProviders,
  createRegistry,
  type MeasureContext,
  type MeasurementFailure,
  ProviderError,
  takeMeasurement,
} from '../../service/providers/index.js';
import { readStruct } from '../../service/providers/go-struct.js';
import { readJudgement } from '../../service/providers/kayenta/judgement.js';
import { scopesOf } from '../../service/providers/kayenta/scopes.js';
import { contextWith } from './measure.js';
import { serverOfFile } from './server-of-file.js';

const { server, http } = await serverOfFile();

const SIDE = { scope: 's', region: 'r', step: 60 };
const specOf = (more: Partial<KayentaMetric> = {}): KayentaMetric => ({
  address: server.url,
  application: 'shop',
  canaryConfigName: 'shop',
  metricsAccountName: 'm',
  configurationAccountName: 'c',
  storageAccountName: 's',
  threshold: { pass: 90, marginal: 75 },
  scopes: [{ name: 'default', controlScope: SIDE, experimentScope: SIDE }],
  ...more,
});
const metricOf = (more: Partial<KayentaMetric> = {}): Metric => ({
  name: 'score',
  interval: '10m',
  provider: { kayenta: specOf(more) },
});

interface Taking {
  readonly op: 'measure' | 'resume' | 'terminate';
  readonly previous?: Measurement;
  readonly spec?: Partial<KayentaMetric>;
  readonly more?: Partial<MeasureContext>;
  readonly onFailure?: (failure: MeasurementFailure) => void;
}

const take = ({ more = {}, spec = {}, ...task }: Taking): Promise<Measurement> =>
  takeMeasurement({
    metric: metricOf(spec),
    registry: createRegistry(builtInProviders()),
    context: contextWith(http, more),
    ...task,
  });

const RUNNING: Measurement = { phase: 'Running', metadata: { canaryExecutionId: 'e-1' } };
const CONFIGS = { body: '[null,{"Id":"c-1","NAME":"shop"}]' };

describe('a measurement by Kayenta', () => {
  it('that could not be looked at is an Error, and still says which analysis it is', async () => {
    server.answer([{ status: 404 }]);
    expect(await take({ op: 'resume', previous: RUNNING })).toMatchObject({
      phase: 'Error',
      message: 'Invalid Response',
      metadata: { canaryExecutionId: 'e-1' },
    });
  });

  it('is left as it is when its run ends: nothing is asked', async () => {
    server.answer([{}]);
    expect(await take({ op: 'terminate', previous: RUNNING })).toMatchObject(RUNNING);
    expect(server.requests).toEqual([]);
  });

  it.each<[string, readonly { readonly status?: number; readonly body?: string }[], string]>([
    [
      'a list that is none',
      [{ body: '{"a":1}' }],
      'json: cannot unmarshal object: the list of canary configurations must be a list',
    ],
    ['no list', [{ body: 'null' }], 'Canary config not found'],
    [
      'a configuration without a readable id',
      [{ body: '[{"id":1,"name":"shop"}]' }],
      'json: cannot unmarshal number: id of a canary configuration must be a text',
    ],
    [
      'a configuration with something else than the reference takes, read or not',
      [{ body: '[{"id":"c-1","name":"shop"},{"applications":["shop",1]}]' }],
      'json: cannot unmarshal number: an item of applications must be a text',
    ],
    [
      'a time that is no whole number',
      [{ body: '[{"id":"c-1","name":"shop","updatedTimestamp":"now"}]' }],
      'json: cannot unmarshal string: updatedTimestamp must be a number',
    ],
    [
      'a start that is refused',
      [CONFIGS, { status: 400, body: '{"message":"no such account"}' }],
      'Invalid Response',
    ],
    [
      'a start that is no object',
      [CONFIGS, { body: '[]' }],
      'json: cannot unmarshal array: the answer must be an object',
    ],
    [
      'an id that is none',
      [CONFIGS, { body: `{"canaryExecutionId":"${'x'.repeat(5_000)}"}` }],
      'Invalid canaryExecutionId',
    ],
  ])('of %s is an Error', async (_what, answers, message) => {
    server.answer(answers);
    expect(await take({ op: 'measure' })).toMatchObject({ phase: 'Error', message });
  });

  it('puts names and ids into URLs so that they stay what they are', async () => {
    server.answer([
      { body: JSON.stringify([{ id: 'c/1?x=#%:@+ü', name: 'shop' }]) },
      { body: '{"canaryExecutionId":"e/../1"}' },
      { body: '{"complete":false}' },
    ]);
    const spec = { application: 'a&b c', storageAccountName: 's=1', metricsAccountName: '#' };
    const measurement = await take({ op: 'measure', spec });
    expect(measurement).toMatchObject({ phase: 'Running', metadata: { canaryExecutionId: 'e/../1' } });
    expect((await take({ op: 'resume', previous: measurement })).phase).toBe('Running');
    expect(server.requests.map(({ target }) => target)).toEqual([
      '/canaryConfig?application=a%26b%20c&configurationAccountName=s%3D1',
      '/canary/c%2F1%3Fx=%23%25:@+%C3%BC?application=a%26b%20c&metricsAccountName=%23&configurationAccountName=c&storageAccountName=s%3D1',
      '/canary/e%2F..%2F1',
    ]);
  });

  it.each([{}, { metadata: {} }, { metadata: { canaryExecutionId: '' } }])(
    'of which is not known which analysis it is (%j) is an Error, and nothing is asked',
    async (previous) => {
      server.answer([]);
      expect(await take({ op: 'resume', previous: { phase: 'Running', ...previous } })).toMatchObject({
        phase: 'Error',
        message: 'Invalid canaryExecutionId',
      });
      expect(server.requests).toEqual([]);
    },
  );

  it.each(['.', '..'])('does not go where the id %s would lead', async (id) => {
    server.answer([]);
    const previous: Measurement = { phase: 'Running', metadata: { canaryExecutionId: id } };
    expect(await take({ op: 'resume', previous })).toMatchObject({
      phase: 'Error',
      message: `Kayenta gave an id that is none: ${id}`,
    });
    expect(server.requests).toEqual([]);
  });

  it('takes the first list of an answer, as the reference reads it', async () => {
    server.answer([{ body: `${CONFIGS.body} trailing` }, { body: '{"canaryExecutionId":"e-1"}' }]);
    expect(await take({ op: 'measure' })).toMatchObject(RUNNING);
  });

  it('tells what Kayenta said when it refuses', async () => {
    const failures: MeasurementFailure[] = [];
    server.answer([CONFIGS, { status: 403, body: '{"message":"no such account"}' }]);
    await take({ op: 'measure', onFailure: (failure) => failures.push(failure) });
    expect(failures).toMatchObject([
      {
        code: 'unauthorized',
        provider: 'kayenta',
        asked: `POST ${server.url}/canary/c-1?[redacted]`,
        answered: '403 Forbidden: {"message":"no such account"}',
      },
    ]);
  });

  it('ends when nobody waits for it any more', async () => {
    const controller = new AbortController();
    server.answer(() => {
      controller.abort();
      return { delayMs: 60_000 };
    });
    expect(await take({ op: 'measure', more: { signal: controller.signal } })).toMatchObject({
      phase: 'Error',
      message: expect.stringContaining('context canceled') as string,
    });
  });
});

describe('the judgement of an analysis', () => {
  const judged = (body: string) => readJudgement(readStruct(body), { pass: 90, marginal: 75 });
  const score = (text: string): string =>
    `{"complete":true,"result":{"judgeResult":{"score":{"score":${text}}}}}`;

  it.each([
    ['90', 'Successful', '90'],
    ['89.999', 'Inconclusive', '89'],
    ['75', 'Inconclusive', '75'],
    ['74.999', 'Failed', '74'],
    ['-0.5', 'Failed', '0'],
    // What no integer has becomes the least one, as in the reference.
    ['1e300', 'Failed', '-9223372036854775808'],
  ])('of a score of %s is %s', (text, phase, shown) => {
    expect(judged(score(text))).toEqual({ phase, text: shown });
  });

  it.each([
    ['{}', 'Missing Complete Status'],
    ['null', 'Missing Complete Status'],
    ['{"Complete":true}', 'Missing Complete Status'],
    ['{"complete":null}', '.complete accessor error: <nil> is of the type <nil>, expected bool'],
    ['{"complete":true}', 'Missing Score'],
    ['{"complete":true,"result":null}', 'Missing Score'],
    ['{"complete":true,"result":{"judgeResult":{"score":{}}}}', 'Missing Score'],
    [
      score('null'),
      '.result.judgeResult.score.score accessor error: <nil> is of the type <nil>, expected float64',
    ],
    [
      '{"complete":true,"result":[1]}',
      '.result.judgeResult accessor error: [1] is of the type []interface {}, expected map[string]interface{}',
    ],
  ])('of %s is an Error: nothing was judged', (body, message) => {
    expect(() => judged(body)).toThrow(new ProviderError('badResponse', message));
  });

  test.prop([fc.dictionary(fc.constantFrom('complete', 'result', 'x'), fc.jsonValue({ maxDepth: 3 }))])(
    'is Successful only with a score',
    (answer) => {
      try {
        const judgement = judged(JSON.stringify(answer));
        if (judgement !== undefined) expect(Number(judgement.text)).not.toBeNaN();
      } catch (error) {
        expect(error).toBeInstanceOf(ProviderError);
      }
    },
  );
});

describe('the scopes of an analysis', () => {
  const scopes = (more: Partial<KayentaMetric>, context: Partial<MeasureContext> = {}) =>
    scopesOf(specOf(more), contextWith(http, context));

  it('begin with the run when they look back', () => {
    const run = { id: 'id', name: 'run', namespace: 'app', startedAtMs: Date.UTC(2024, 4, 1, 11, 0, 0, 999) };
    expect(scopes({ lookback: true }, { run })['default']?.controlScope).toEqual({
      scope: 's',
      location: 'r',
      step: 60,
      start: '2024-05-01T11:00:00Z',
      end: '2024-05-01T12:00:00Z',
    });
  });

  it('that look back need a run: the reference crashes', () => {
    expect(() => scopes({ lookback: true })).toThrow('lookback needs a run that has started');
  });

  it('need no interval when they have a start', () => {
    const side = { ...SIDE, start: '2024-05-01T00:00:00Z' };
    const [pair] = Object.values(
      scopes({ scopes: [{ name: 'a', controlScope: side, experimentScope: side }] }),
    );
    expect(pair?.experimentScope).toMatchObject({ start: side.start, end: '2024-05-01T12:00:00Z' });
  });

  it('of one name: the last counts', () => {
    const last = { name: 'a', controlScope: { ...SIDE, scope: 'last' }, experimentScope: SIDE };
    const found = scopes(
      { scopes: [{ name: 'a', controlScope: SIDE, experimentScope: SIDE }, last] },
      { interval: '1m' },
    );
    expect(Object.keys(found)).toEqual(['a']);
    expect(found['a']?.controlScope).toMatchObject({ scope: 'last', start: '2024-05-01T11:59:00Z' });
  });

  it('of an interval that is none are refused', () => {
    expect(() => scopes({}, { interval: '5' })).toThrow(
      'Invalid duration "5": time: missing unit in duration "5"',
    );
  });
});
