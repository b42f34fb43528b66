import type { WavefrontMetric } from '../../../schemas/index.js';
import { formatGoFloat, toInt64 } from '../../condition/index.js';
import { readStruct } from '../go-struct.js';
import type { HttpResponse } from '../http/http.js';
import { codeOfStatus } from '../http/status.js';
import type { Metadata, MetricProvider, ValueReading } from '../provider.js';
import { ProviderError } from '../provider-error.js';
import { type Chart, closest, readChart } from './points.js';
import { targetOf } from './target.js';

/** Characters of a refusal that the message shows. */
const MAX_SHOWN = 4_096;
/** Decimals of the values that the status shows; conditions see all of them. */
const DECIMALS = 2;

/**
 * `provider.wavefront`: a chart query at the time of the measurement. The value is the point of each series that is
 * closest to that time: a number for one series, a list for several.
 */
export const wavefrontProvider: MetricProvider<WavefrontMetric> = {
  kind: 'wavefront',
  async measure(spec, context) {
    const target = await targetOf(spec, context);
    const nowSeconds = Math.floor(context.clock.nowMs() / 1000);
    const response = await context.http.request({
      method: 'GET',
      url: `${target.url}/api/v2/chart/api?${fieldsOf(spec, nowSeconds).toString()}`,
      headers: target.headers,
      signal: context.signal,
    });
    // Wavefront's client takes only 200 for an answer.
    if (response.status !== 200) throw refusal(response);
    return present(readChart(readStruct(response.text())), nowSeconds);
  },
};

/** The window has no length; the newest points before it are wanted, too. */
function fieldsOf({ query = '' }: WavefrontMetric, nowSeconds: number): URLSearchParams {
  const time = String(nowSeconds * 1000);
  return new URLSearchParams({
    autoEvents: 'false',
    e: time,
    g: 's',
    i: 'true',
    includeObsoleteMetrics: 'false',
    listmode: 'false',
    p: '1',
    ...(query === '' ? {} : { q: query }),
    s: time,
    strict: 'false',
  });
}

function refusal(response: HttpResponse): ProviderError {
  const text = response.text();
  const shown = text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
  const status = `${response.status} ${response.statusText}`;
  return new ProviderError(codeOfStatus(response.status), `server returned ${status}\n${shown}\n`);
}

function present({ series, warnings }: Chart, nowSeconds: number): ValueReading {
  const told: Metadata = warnings === '' ? {} : { warnings };
  if (series.length === 0) throw nothingFound('No TimeSeries found in response from Wavefront', told);
  const points = series.map((each) => {
    const point = closest(each, nowSeconds);
    // The reference takes 0 for what is not there, which passes where few errors are wanted: nothing was measured.
    if (point === undefined) throw nothingFound('No points found in a TimeSeries from Wavefront', told);
    const { atSeconds, value } = point;
    if (value === undefined) throw nothingFound('A point of a TimeSeries from Wavefront has no value', told);
    return { atSeconds, value };
  });
  const [only, ...others] = points;
  const one = others.length === 0 && only !== undefined;
  const list = (text: (point: (typeof points)[number]) => string): string => {
    const texts = points.map(text).join(',');
    return one ? texts : `[${texts}]`;
  };
  const value = one
    ? ({ type: 'float64', value: only.value } as const)
    : ({ type: 'float64[]', value: points.map((point) => point.value) } as const);
  return {
    kind: 'value',
    value,
    text: list((point) => formatGoFloat(point.value, 'f', DECIMALS)),
    metadata: {
      ...told,
      timestamps: list(({ atSeconds }) => wholeText(atSeconds)),
      drift: list(({ atSeconds }) => wholeText(atSeconds - nowSeconds)),
    },
    ...(warnings === '' ? {} : { keptOnConditionError: { metadata: told } }),
  };
}

const nothingFound = (message: string, told: Metadata): ProviderError =>
  new ProviderError('noData', message, Object.keys(told).length === 0 ? {} : { metadata: told });

/** A number cut to a whole one, as Go makes an int64 of it. */
const wholeText = (seconds: number): string => String(toInt64(seconds));
