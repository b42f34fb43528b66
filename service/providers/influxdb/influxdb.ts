import { posix } from 'node:path';
import type { InfluxdbMetric } from '../../../schemas/index.js';
import { printValue } from '../../condition/index.js';
import type { MeasureContext, MetricProvider } from '../provider.js';
import { ProviderError } from '../provider-error.js';
import { readKeys } from '../secrets.js';
import { readFluxResult } from './flux-result.js';
import { queryError } from './query-error.js';

/** Time for the whole answer, in ms: that of InfluxDB's client. */
const TIMEOUT_MS = 20_000;
/** The secret of metrics that name none. */
const DEFAULT_PROFILE = 'influxdb';

/** How the answer is to be written: what says the types of columns is needed to read it. */
const DIALECT = { annotations: ['datatype', 'group', 'default'], delimiter: ',', header: true };

/**
 * `provider.influxdb`: a Flux query over the API of InfluxDB 2. The value is the list of `_value` of all rows of all
 * tables. A result without rows is no evidence and an error, and so is one that breaks off: the reference judges the
 * rows that came.
 */
export const influxdbProvider: MetricProvider<InfluxdbMetric> = {
  kind: 'influxdb',
  async measure({ profile = '', query = '' }, context) {
    const { address, authToken, org } = await serverOf(profile || DEFAULT_PROFILE, context);
    const response = await context.http.request({
      method: 'POST',
      changesNothing: true,
      url: queryUrl(address, org),
      headers: { Authorization: `Token ${authToken}`, 'Content-Type': 'application/json' },
      body: JSON.stringify({ dialect: DIALECT, query, type: 'flux' }),
      timeoutMs: TIMEOUT_MS,
      // Of a secret of the service itself.
      ownAddress: true,
      signal: context.signal,
    });
    if (response.status < 200 || response.status > 299) throw queryError(response);
    const { values, fault } = readFluxResult(response.text());
    if (values.length === 0) {
      // The reference's words also where the server said why: the answer is shown beside them.
      const code = fault === undefined ? 'noData' : 'badResponse';
      throw new ProviderError(code, 'no results returned from flux query', { cause: fault });
    }
    if (fault !== undefined)
      throw new ProviderError('badResponse', `the result broke off after ${values.length} row(s): ${fault}`);
    return {
      kind: 'value',
      value: { type: 'any[]', value: values },
      text: printValue(values),
      isNothing: values.every((value) => value === null),
    };
  },
};

/** What a profile says of its server. */
interface Server {
  readonly address: string;
  readonly authToken: string;
  readonly org: string;
}

async function serverOf(profile: string, context: MeasureContext): Promise<Server> {
  const {
    authToken = '',
    org = '',
    address = '',
  } = await readKeys(context, { name: profile, keys: ['authToken', 'org', 'address'] });
  if (authToken === '' || org === '' || address === '')
    throw new ProviderError('secret', 'authToken, org, or address not found');
  context.hide?.(authToken);
  return { address, authToken, org };
}

function queryUrl(address: string, org: string): string {
  const [, server = '', path = ''] = /^([A-Za-z][A-Za-z0-9+.-]*:\/\/[^/?#]*)?([^?#]*)/.exec(address) ?? [];
  return `${server}${posix.join('/', path, 'api/v2/query')}?${new URLSearchParams({ org }).toString()}`;
}
