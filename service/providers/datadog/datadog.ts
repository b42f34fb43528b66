import type { DatadogMetric } from '../../../schemas/index.js';
import { type GoStruct, readStruct, ShapeError } from '../go-struct.js';
import type { HttpResponse } from '../http/http.js';
import { codeOfStatus } from '../http/status.js';
import type { MetricProvider, ValueReading } from '../provider.js';
import { ProviderError } from '../provider-error.js';
import { checkSpec } from './check-spec.js';
import { findCredentials } from './credentials.js';
import { requestOf } from './request.js';
import { readScalarAnswer } from './scalar-answer.js';
import { readSeriesAnswer } from './series-answer.js';

/** Characters of a refusal that the message shows. */
const MAX_SHOWN = 4_096;

/** `provider.datadog`: the newest point of a query (API v1), or what queries and a formula come to (API v2). */
export const datadogProvider: MetricProvider<DatadogMetric> = {
  kind: 'datadog',
  async measure(spec, context) {
    const credentials = await findCredentials(spec, context);
    const checked = checkSpec(spec);
    const request = requestOf(checked, credentials, context.clock.nowMs());
    const response = await context.http.request({ ...request, signal: context.signal });
    // The reference takes only 200 for an answer.
    if (response.status !== 200) throw refusal(response);
    return read(response.text(), checked.apiVersion === 'v1' ? readSeriesAnswer : readScalarAnswer);
  },
};

function read(body: string, readAnswer: (answer: GoStruct) => ValueReading): ValueReading {
  try {
    return readAnswer(readStruct(body));
  } catch (error) {
    if (!(error instanceof ShapeError)) throw error;
    throw new ProviderError(error.code, `Could not parse JSON body: ${error.message}`, { cause: error });
  }
}

function refusal(response: HttpResponse): ProviderError {
  const code = codeOfStatus(response.status);
  const text = response.text();
  const shown = text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
  const what =
    code === 'unauthorized'
      ? 'received authentication error response code'
      : 'received non 2xx response code';
  return new ProviderError(code, `${what}: ${response.status} ${shown}`);
}
