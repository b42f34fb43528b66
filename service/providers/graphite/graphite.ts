import type { GraphiteMetric } from '../../../schemas/index.js';
import { formatGoFloat } from '../../condition/index.js';
import type { HttpResponse } from '../http/http.js';
import { codeOfStatus } from '../http/status.js';
import type { MetricProvider } from '../provider.js';
import { ProviderError } from '../provider-error.js';
import { readDatapoints } from './datapoints.js';
import { renderUrl } from './render-url.js';

/** Time for the whole answer, in ms: the reference's. */
const TIMEOUT_MS = 10_000;
/** Characters of a refusal that the message shows. */
const MAX_SHOWN = 4_096;
/** `%f` of Go. */
const DECIMALS = 6;

/**
 * `provider.graphite`: a render request. The value is the list of the points of the first series that have a value. A
 * series without any points is no evidence and an error; one whose points are all null is an empty list.
 */
export const graphiteProvider: MetricProvider<GraphiteMetric> = {
  kind: 'graphite',
  async measure({ address = '', query = '' }, { http, signal }) {
    const response = await http.request({
      method: 'GET',
      url: renderUrl(address, query),
      timeoutMs: TIMEOUT_MS,
      signal,
    });
    if (response.status >= 400) throw refusal(response);
    const points = readDatapoints(response.text());
    if (points.length === 0) throw new ProviderError('noData', 'no values found');
    const values = points.filter((point) => point !== null);
    return {
      kind: 'value',
      value: { type: 'float64[]', value: values },
      text: `[${values.map((value) => formatGoFloat(value, 'f', DECIMALS)).join(',')}]`,
      isNothing: values.length === 0,
      keptOnConditionError: { text: true },
    };
  },
};

function refusal(response: HttpResponse): ProviderError {
  const text = response.text();
  const shown = text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
  return new ProviderError(codeOfStatus(response.status), `error response: ${shown}`);
}
