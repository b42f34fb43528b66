import type { NewRelicMetric } from '../../../schemas/index.js';
import { encodeGoJson, type JsonValue } from '../go-json.js';
import { type GoStruct, listOf, member, readStruct, structOf } from '../go-struct.js';
import type { MetricProvider, ValueReading } from '../provider.js';
import { ProviderError } from '../provider-error.js';
import { findAccount } from './account.js';
import { askNerdgraph } from './nerdgraph.js';

/** Seconds that a query may take when the spec does not say. */
const DEFAULT_TIMEOUT = 5;
/** Time for an answer, in ms, and what it is at least longer than the query may take. */
const ANSWER_MS = 30_000;
const MARGIN_MS = 5_000;

/** The query of New Relic's client, letter for letter as recorded. */
const GRAPHQL = `query (
  $query: Nrql!, 
  $accountId: Int!,
  $timeout: Seconds!
)
{
  actor {
    account(id: $accountId) {
      nrql(query: $query, timeout: $timeout) {
        results
      }
    }
  }
}
`;

/** `provider.newRelic`: an NRQL query, asked of NerdGraph. One row is an object, several are a list of objects. */
export const newRelicProvider: MetricProvider<NewRelicMetric> = {
  kind: 'newRelic',
  async measure(spec, context) {
    const account = await findAccount(spec, context);
    const timeout = spec.timeout ?? DEFAULT_TIMEOUT;
    if (timeout < 0) throw new ProviderError('invalidSpec', 'timeout value needs to be a positive value');
    const body = await askNerdgraph(
      {
        method: 'POST',
        changesNothing: true,
        url: account.url,
        headers: {
          'Content-Type': 'application/json',
          'Api-Key': account.apiKey,
          'NewRelic-Requesting-Services': 'newrelic-client-go',
          'X-Query-Source-Component-Id': 'newrelic-client-go',
        },
        body: JSON.stringify({
          query: GRAPHQL,
          variables: { accountId: account.id, query: spec.query, timeout },
        }),
        // New Relic's own, or that of a secret of the service itself.
        ownAddress: true,
        timeoutMs: Math.max(ANSWER_MS, timeout * 1_000 + MARGIN_MS),
        signal: context.signal,
      },
      context,
    );
    return present(rowsOf(readStruct(body)));
  },
  describe: ({ query }) => (query === '' ? {} : { ResolvedNewRelicQuery: query }),
};

function rowsOf(answer: GoStruct): readonly JsonValue[] {
  const nrql = ['data', 'actor', 'account', 'nrql'].reduce<GoStruct>(
    (struct, name) => structOf(member(struct, name), name),
    answer,
  );
  return listOf(member(nrql, 'results'), 'results') ?? [];
}

function present(found: readonly JsonValue[]): ValueReading {
  const rows = found.map((row) => structOf(row, 'a row of results'));
  const [only, ...others] = rows;
  if (only === undefined || (others.length === 0 && Object.keys(only).length === 0)) {
    throw new ProviderError('noData', 'no results returned from NRQL query');
  }
  return others.length === 0
    ? { kind: 'value', value: { type: 'nrdb.NRDBResult', value: only }, text: encodeGoJson(only) }
    : { kind: 'value', value: { type: 'nrdb.NRDBResult[]', value: rows }, text: encodeGoJson(found) };
}
