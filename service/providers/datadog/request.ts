import type { HttpRequest } from '../http/http.js';
import type { CheckedSpec } from './check-spec.js';
import type { Credentials } from './credentials.js';

const DEFAULT_ADDRESS = 'https://api.datadoghq.com';

/** The request of a spec: a GET for API v1, a POST for v2. Its window ends at `nowMs`, cut to whole seconds. */
export function requestOf(
  spec: CheckedSpec,
  { address, apiKey, appKey, ownAddress }: Credentials,
  nowMs: number,
): Omit<HttpRequest, 'signal'> {
  const to = Math.floor(nowMs / 1000);
  const from = to - spec.windowSeconds;
  const endpoint = `${address || DEFAULT_ADDRESS}${
    spec.apiVersion === 'v2' ? '/api/v2/query/scalar' : '/api/v1/query'
  }`;
  const shared = {
    ownAddress,
    headers: {
      'Content-Type': 'application/json',
      'DD-API-KEY': apiKey,
      'DD-APPLICATION-KEY': appKey,
    },
    timeoutMs: spec.timeoutMs,
  };
  if (spec.apiVersion !== 'v1') {
    const body = JSON.stringify(bodyOf(spec, from, to));
    return { ...shared, method: 'POST', url: endpoint, body, changesNothing: true };
  }
  // As Go reads a URL: what follows `#` is not sent.
  const [sent = ''] = endpoint.split('#', 1);
  const [place = '', given = ''] = sent.split('?', 2);
  const fields = new URLSearchParams(given);
  for (const [name, value] of Object.entries({ query: spec.queries['query'] ?? '', from, to })) {
    fields.set(name, String(value));
  }
  fields.sort();
  return { ...shared, method: 'GET', url: `${place}?${fields.toString()}` };
}

const bodyOf = ({ queries, formula, aggregator }: CheckedSpec, from: number, to: number): unknown => ({
  data: {
    type: 'scalar_request',
    attributes: {
      from: from * 1000,
      to: to * 1000,
      // In the order of their names; the reference's order is not fixed.
      queries: Object.entries(queries)
        .toSorted(([a], [b]) => (a < b ? -1 : 1))
        .map(([name, query]) => ({ aggregator, data_source: 'metrics', name, query })),
      formulas: formula === '' ? [] : [{ formula }],
    },
  },
});
