import { cbor } from '@smithy/core/cbor';
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { fieldOf, listOf } from './field-of.js';
import { isRecord } from './judge.js';
import type { CaseResult, VectorRunner } from './runner.js';
import { runner as kayenta } from './runners/kayenta.js';
import { runner as plugins } from './runners/plugins.js';
import { runner as providers } from './runners/providers.js';

type Fields = Readonly<Record<string, unknown>>;

interface Recording {
  readonly vectors: readonly Fields[];
  readonly [field: string]: unknown;
}

function recordingOf(provider: string): Recording {
  const json: unknown = JSON.parse(
    readFileSync(new URL(`providers/${provider}.json`, import.meta.url), 'utf8'),
  );
  if (!isRecord(json) || !Array.isArray(json['vectors']))
    throw new TypeError('a recording has a list of vectors');
  return { ...json, vectors: json['vectors'].filter(isRecord) };
}

async function resultsOf(json: Recording, runner: VectorRunner = providers): Promise<readonly CaseResult[]> {
  const results: CaseResult[] = [];
  for await (const result of await runner.run({ path: 'providers/x.json', json })) results.push(result);
  return results;
}

const expectOf = (vector: Fields): Fields => (isRecord(vector['expect']) ? vector['expect'] : {});
const withExpect = (vector: Fields, more: Fields): Fields => ({
  ...vector,
  expect: { ...expectOf(vector), ...more },
});

/** Each makes a recording say something else in one respect, which no rule may accept. */
const WRONG: Readonly<Record<string, (vector: Fields) => Fields>> = {
  phase: (vector) =>
    withExpect(vector, { phase: expectOf(vector)['phase'] === 'Inconclusive' ? 'Failed' : 'Inconclusive' }),
  value: (vector) => withExpect(vector, { value: `9${JSON.stringify(expectOf(vector)['value'])}` }),
  message: (vector) =>
    withExpect(vector, { message: 'something else', messageFrom: 'argo', messagePrefix: undefined }),
  metadata: (vector) => withExpect(vector, { metadata: { other: 'x' } }),
  end: (vector) => withExpect(vector, { finished: false }),
  requests: (vector) => {
    const exchanges = listOf(vector, 'exchanges');
    const [first = { request: { method: 'GET', path: '/' }, response: { status: 200 } }, ...others] =
      exchanges;
    const request = { ...fieldsOf(fieldOf(first, 'request')), path: '/elsewhere' };
    return { ...vector, exchanges: [{ ...fieldsOf(first), request }, ...others] };
  },
};

const fieldsOf = (value: unknown): Fields => (isRecord(value) ? value : {});

describe.each([
  ['datadog', ['defaults-of-the-cluster', 'point-without-value', 'refused-by-the-schema']],
  ['wavefront', ['series-without-points']],
  ['influxdb', ['broken-off-result']],
  ['cloudwatch', ['crash-of-the-library']],
  ['webmetric', ['method-in-upper-case']],
])('the deviations of %s', (provider, rules) => {
  const recording = recordingOf(provider);
  let deviating: readonly Fields[];
  beforeAll(async () => {
    const results = (await resultsOf(recording)).filter(({ outcome }) => outcome === 'deviate');
    deviating = recording.vectors.filter(({ id }) => results.some((result) => result.id === id));
    expect([...new Set(results.map(({ rule }) => rule))].sort()).toEqual(rules);
  });

  it.each(Object.keys(WRONG))(
    'are accepted for nothing else: a wrong %s is a disagreement',
    async (respect) => {
      const vectors = deviating.map((vector) => WRONG[respect]?.(vector) ?? vector);
      const results = await resultsOf({ ...recording, vectors });
      expect(results.map(({ id, outcome }) => [id, outcome])).toEqual(
        vectors.map(({ id }) => [id, 'disagree']),
      );
    },
  );
});

describe('the deviations of plugins', () => {
  const recording = recordingOf('plugin');
  const withOp = (op: string): readonly Fields[] => recording.vectors.filter((vector) => vector['op'] === op);

  it.each<[string, string, unknown]>([
    ['other metadata', 'getMetadata', { error: 'failed to get metadata via plugin: bad', k: 'other' }],
    ['another error', 'getMetadata', { error: 'bad', k: 'v' }],
    ['a type that is no name', 'type', ''],
    ['another phase', 'run', { phase: 'Failed', finished: true }],
    [
      'no end',
      'terminate',
      { phase: 'Error', finished: false, message: 'failed to terminate via plugin: x' },
    ],
  ])('do not accept %s', async (_what, op, wrong) => {
    const vectors = withOp(op).map((vector) => ({ ...vector, expect: wrong }));
    const results = await resultsOf({ ...recording, vectors }, plugins);
    expect(results.length).toBeGreaterThan(0);
    expect(new Set(results.map(({ outcome }) => outcome))).toEqual(new Set(['disagree']));
  });
});

describe('names in the URLs of kayenta', () => {
  const recording = recordingOf('kayenta');
  const base = recording.vectors.find(({ id }) => id === 'kayenta-start') ?? {};
  const named = (application: string, seen: Fields, more: Fields = {}): Fields => {
    const provider = {
      kayenta: { ...fieldsOf(fieldOf(base, 'metric', 'provider', 'kayenta')), application },
    };
    const exchanges = listOf(base, 'exchanges').map((exchange) => {
      const request = fieldsOf(fieldOf(exchange, 'request'));
      return {
        ...fieldsOf(exchange),
        request: { ...request, query: { ...fieldsOf(request['query']), ...seen } },
      };
    });
    return withExpect({ ...base, metric: { ...fieldsOf(base['metric']), provider }, exchanges }, more);
  };

  it.each<[string, Fields, Fields]>([
    ['that need no escapes agree', named('shop', { application: 'shop' }), { outcome: 'agree' }],
    [
      'may be escaped',
      named('a&b=c', { application: 'a', b: 'c' }),
      { outcome: 'deviate', rule: 'names-in-urls' },
    ],
    ['must be those of the metric', named('a&b=c', { application: 'a', b: 'd' }), { outcome: 'disagree' }],
    [
      'change no phase',
      named('a&b=c', { application: 'a', b: 'c' }, { phase: 'Error' }),
      { outcome: 'disagree' },
    ],
  ])('%s', async (_what, vector, wanted) => {
    const [result] = await resultsOf({ ...recording, vectors: [vector] }, kayenta);
    expect(result).toMatchObject(wanted);
  });
});

describe('long values', () => {
  const recording = recordingOf('webmetric');
  const base = recording.vectors.find(({ id }) => id === 'web-string') ?? {};
  const answering = (text: string, value: string): Fields => {
    const [exchange] = listOf(base, 'exchanges');
    const response = { ...fieldsOf(fieldOf(exchange, 'response')), body: JSON.stringify({ a: text }) };
    const provider = { web: { ...fieldsOf(fieldOf(base, 'metric', 'provider', 'web')), jsonPath: '{$.a}' } };
    const metric = { ...fieldsOf(base['metric']), provider, successCondition: 'len(result) > 4000' };
    return {
      ...{ ...base, metric, exchanges: [{ ...fieldsOf(exchange), response }] },
      expect: { phase: 'Successful', value: JSON.stringify(value), finished: true },
    };
  };
  const long = 'x'.repeat(5_000);

  it.each<[string, Fields, string]>([
    ['of 4,096 characters agree', answering(long.slice(0, 4_094), long.slice(0, 4_094)), 'agree'],
    ['of more are cut', answering(long, long), 'deviate'],
    ['must begin alike', answering(long, `y${long.slice(1)}`), 'disagree'],
    ['must be of one length', answering(long, `${long}x`), 'disagree'],
  ])('%s', async (_what, vector, outcome) => {
    const [result] = await resultsOf({ ...recording, vectors: [vector] });
    expect(result).toMatchObject(outcome === 'deviate' ? { outcome, rule: 'long-texts-cut' } : { outcome });
  });
});

describe('nothing without a condition', () => {
  const answers: readonly (readonly [provider: string, id: string, body: string, value: string])[] = [
    ['graphite', 'graphite-success', '[{"datapoints":[[null,1]]}]', '[]'],
    ['skywalking', 'skywalking-no-conditions', '{"data":{}}', '{}'],
    [
      'influxdb',
      'influxdb-double-several',
      '#datatype,string,long,double\r\n#group,false,false,false\r\n#default,_result,,\r\n,result,table,_value\r\n,,0,\r\n',
      '[<nil>]',
    ],
  ];
  const cases = answers.flatMap(([provider, ...more]) =>
    (
      [
        ['a pass', {}, {}, 'deviate'],
        ['another phase', { phase: 'Failed' }, {}, 'disagree'],
        ['another value', { value: '[1]' }, {}, 'disagree'],
        ['a condition', {}, { successCondition: 'result == 5' }, 'disagree'],
      ] as const
    ).map((each) => [provider, ...more, ...each] as const),
  );

  it.each(cases)(
    'of %s (%s: %s, %s) with %s',
    async (provider, id, body, value, _what, more, conditions, outcome) => {
      const recording = recordingOf(provider);
      const base = recording.vectors.find((vector) => vector['id'] === id) ?? {};
      const { successCondition: _s, failureCondition: _f, ...metric } = fieldsOf(base['metric']);
      const [exchange] = listOf(base, 'exchanges');
      const response = { ...fieldsOf(fieldOf(exchange, 'response')), body };
      const vector = {
        ...base,
        metric: { ...metric, ...conditions },
        exchanges: [{ ...fieldsOf(exchange), response }],
        expect: { phase: 'Successful', value, finished: true, ...more },
      };
      const [result] = await resultsOf({ ...recording, vectors: [vector] });
      expect(result).toMatchObject(
        outcome === 'deviate' ? { outcome, rule: 'nothing-without-condition' } : { outcome },
      );
    },
  );
});

describe('the deviations of cloudWatch that no recorded case shows', () => {
  const recording = recordingOf('cloudwatch');
  const base = recording.vectors.find(({ id }) => id === 'cloudwatch-failed') ?? {};

  /** The recorded case with another answer and condition. */
  function answering(answer: Fields, condition: string, expectation: Fields): Fields {
    const [exchange] = listOf(base, 'exchanges');
    const response = {
      ...fieldsOf(fieldOf(exchange, 'response')),
      cbor: answer,
      bodyBase64: Buffer.from(cbor.serialize(answer)).toString('base64'),
    };
    return {
      ...base,
      metric: { ...fieldsOf(base['metric']), successCondition: condition, failureCondition: '' },
      exchanges: [{ ...fieldsOf(exchange), response }],
      expect: { finished: true, ...expectation },
    };
  }

  const PRINTED = '[{Code:<pointer> Value:<pointer> noSmithyDocumentSerde:{}}]';
  const remarking = (metadata: Fields, more: Fields = {}): Fields =>
    answering(
      {
        MetricDataResults: [{ Id: 'a', StatusCode: 'Complete', Values: [1] }],
        Messages: [{ Code: 'c', Value: 'v' }],
      },
      'result[0].Values[0] == 1',
      { phase: 'Successful', value: '[[1]]', metadata, ...more },
    );
  const unread = (phase: string, value: string, StatusCode = 'Forbidden'): Fields =>
    answering({ MetricDataResults: [{ Id: 'a', StatusCode, Values: [] }] }, 'all(result[0].Values, # < 1)', {
      phase,
      value,
      metadata: {},
    });

  it.each<[string, Fields, string | undefined]>([
    ['messages that are printed as addresses', remarking({ messages: PRINTED }), 'readable-messages'],
    ['other messages', remarking({ messages: '[]' }), undefined],
    ['messages and a wrong value', remarking({ messages: PRINTED }, { value: '[[2]]' }), undefined],
    ['messages and a wrong phase', remarking({ messages: PRINTED }, { phase: 'Failed' }), undefined],
    ['messages and more', remarking({ messages: PRINTED, more: 'x' }), undefined],
    ['a pass without values', unread('Successful', '[[]]'), 'unread-result'],
    ['another phase without values', unread('Failed', '[[]]'), undefined],
    ['another value without values', unread('Successful', '[]'), undefined],
  ])('%s', async (_what, vector, rule) => {
    const [result] = await resultsOf({ ...recording, vectors: [vector] });
    expect(result).toMatchObject(rule === undefined ? { outcome: 'disagree' } : { outcome: 'deviate', rule });
  });

  it('do not touch a complete result without values', async () => {
    const [result] = await resultsOf({ ...recording, vectors: [unread('Successful', '[[]]', 'Complete')] });
    expect(result).toMatchObject({ outcome: 'agree' });
  });
});
