import { cbor, tag } from '@smithy/core/cbor';
import { readFluxResult } from '../../service/providers/influxdb/flux-result.js';
import { fieldOf, listOf } from './field-of.js';
import { isRecord } from './judge.js';

type Fields = Readonly<Record<string, unknown>>;

/**
 * A recorded case with one thing changed, which ours measures too, so that a rule can tell what the difference comes
 * to: the deviation alone, or anything else as well.
 */
export interface Twin {
  readonly name: string;
  readonly vector: Fields;
  /** The metric is measured although the schema refuses it. */
  readonly unchecked?: boolean;
}

/** The twins of a case that rules of `provider-deviations.ts` look at; none for most cases. */
export function twinsOf(vector: Fields): readonly Twin[] {
  return [
    { name: 'unchecked', vector, unchecked: true },
    ...datadogTwins(vector),
    ...wavefrontTwins(vector),
    ...influxTwins(vector),
    ...cloudWatchTwins(vector),
  ];
}

/** `filled`: as a cluster fills it in; `v2`: as the reference takes a metric of no version. `zero` and `none`: see below. */
function datadogTwins(vector: Fields): readonly Twin[] {
  const spec = fieldOf(vector, 'metric', 'provider', 'datadog');
  if (!isRecord(spec)) return [];
  const withSpec = (changed: Fields): Fields => withMetric(vector, { provider: { datadog: changed } });
  const points = listOf(bodyOf(vector), 'series', 0, 'pointlist');
  const rest = points.slice(0, -1);
  const newest = points.at(-1);
  const series = (pointlist: unknown): string => JSON.stringify({ series: [{ pointlist }] });
  return [
    { name: 'filled', vector: withSpec({ apiVersion: 'v1', interval: '5m', ...spec }) },
    { name: 'v2', vector: withSpec({ ...spec, apiVersion: 'v2' }) },
    ...(Array.isArray(newest)
      ? [
          {
            name: 'zero',
            vector: withBody(vector, series([...rest, [fieldOf(newest, 0), fieldOf(newest, 1) ?? 0]])),
          },
          { name: 'none', vector: withBody(vector, series([])) },
        ]
      : []),
  ];
}

/** `zero`: what has no value has 0, at 0 where there is no point at all, as the reference takes it. */
function wavefrontTwins(vector: Fields): readonly Twin[] {
  const answer = bodyOf(vector);
  const list = fieldOf(answer, 'timeseries');
  if (fieldOf(vector, 'metric', 'provider', 'wavefront') === undefined || !Array.isArray(list)) return [];
  const timeseries = list.map((each: unknown) => {
    const data = listOf(each, 'data').map((point) =>
      Array.isArray(point) ? point.map((part: unknown) => part ?? 0) : point,
    );
    return { data: data.length === 0 ? [[0, 0]] : data };
  });
  return [{ name: 'zero', vector: withBody(vector, JSON.stringify({ ...fieldsOf(answer), timeseries })) }];
}

/** What begins no row of values and no annotation that InfluxDB has. */
const NO_ROW = /^(?!#(?:datatype|group|default),)[^,\r\n][^,]*,/;

/** `before`: the answer up to where it can not be read any more. `repeated`: with rows that are none as the row before. */
function influxTwins(vector: Fields): readonly Twin[] {
  const body = fieldOf(vector, 'exchanges', 0, 'response', 'body');
  if (fieldOf(vector, 'metric', 'provider', 'influxdb') === undefined || typeof body !== 'string') return [];
  const lines = body.split(/(?<=\n)/);
  while (lines.length > 0 && readFluxResult(lines.join('')).fault !== undefined) lines.pop();
  const repeated = body.split(/(?<=\n)/);
  for (const [at, line] of repeated.entries()) if (NO_ROW.test(line)) repeated[at] = repeated[at - 1] ?? line;
  return [
    { name: 'before', vector: withBody(vector, lines.join('')) },
    { name: 'repeated', vector: withBody(vector, repeated.join('')) },
  ];
}

/** `first`: with another word for the first of what a filter finds; `complete`: with results that all are. */
function cloudWatchTwins(vector: Fields): readonly Twin[] {
  const encoded = fieldOf(vector, 'exchanges', 0, 'response', 'bodyBase64');
  if (fieldOf(vector, 'metric', 'provider', 'cloudWatch') === undefined || typeof encoded !== 'string')
    return [];
  const firstOf = (condition: unknown): unknown =>
    typeof condition === 'string' ? condition.replace(/\b(filter\([^()]*\))\[0\]/g, 'first($1)') : condition;
  const { successCondition, failureCondition } = fieldsOf(fieldOf(vector, 'metric'));
  const answer: unknown = cbor.deserialize(Buffer.from(encoded, 'base64'));
  const results = fieldOf(answer, 'MetricDataResults');
  if (!Array.isArray(results)) return [];
  const complete = results.map((result: unknown) => ({ ...fieldsOf(result), StatusCode: 'Complete' }));
  const bytes = cbor.serialize(taggedAgain({ ...fieldsOf(answer), MetricDataResults: complete }));
  return [
    {
      name: 'first',
      vector: withMetric(vector, {
        ...(successCondition === undefined ? {} : { successCondition: firstOf(successCondition) }),
        ...(failureCondition === undefined ? {} : { failureCondition: firstOf(failureCondition) }),
      }),
    },
    {
      name: 'complete',
      vector: withResponse(vector, { bodyBase64: Buffer.from(bytes).toString('base64') }),
    },
  ];
}

/** What was read from CBOR, with its times as they are written to it. */
function taggedAgain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(taggedAgain);
  if (!isRecord(value)) return value;
  const { tag: number, value: tagged } = value;
  if (number === 1 && tagged !== undefined) return tag({ tag: number, value: tagged });
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, taggedAgain(member)]));
}

const fieldsOf = (value: unknown): Fields => (isRecord(value) ? value : {});

function bodyOf(vector: Fields): unknown {
  const body = fieldOf(vector, 'exchanges', 0, 'response', 'body');
  try {
    return typeof body === 'string' ? JSON.parse(body) : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

const withMetric = (vector: Fields, more: Fields): Fields => ({
  ...vector,
  metric: { ...fieldsOf(vector['metric']), ...more },
});

const withBody = (vector: Fields, body: string): Fields => withResponse(vector, { body });

/** The case with its first answer changed; providers with twins ask once. */
function withResponse(vector: Fields, more: Fields): Fields {
  const [first, ...others] = listOf(vector, 'exchanges');
  const response = { ...fieldsOf(fieldOf(first, 'response')), ...more };
  return { ...vector, exchanges: [{ ...fieldsOf(first), response }, ...others] };
}
