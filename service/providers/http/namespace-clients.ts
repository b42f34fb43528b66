import type { NamespaceEgress } from '../../../schemas/index.js';
import { includesNamespace } from '../../analysis/index.js';
import { createEgressPolicy, isCidr, narrowedPolicy } from './egress.js';
import type { HttpClient } from './http.js';
import { createHttpClient, type HttpClientOptions } from './http-client.js';

/**
 * A client for all requests, and within a namespace whose egress rules are narrower one of its own: a connection that was
 * kept for others must not serve it. Closing it closes all of them.
 */
export function createNamespaceClients(
  options: HttpClientOptions,
  rules: readonly NamespaceEgress[],
): HttpClient & Required<Pick<HttpClient, 'within'>> {
  const general = createHttpClient(options);
  /** By the rules that hold for it: there are no more than the configuration can tell apart. */
  const narrowed = new Map<string, HttpClient>();
  const clientFor = (wanted: readonly NamespaceEgress[], key: string): HttpClient => {
    const known = narrowed.get(key);
    if (known !== undefined) return known;
    const egress = wanted.reduce(
      (policy, { deny = [], allow }) =>
        narrowedPolicy(
          policy,
          createEgressPolicy({ deny, ...(allow === undefined ? {} : { allow }), loopback: true }),
        ),
      options.egress,
    );
    const client = createHttpClient({ ...options, egress });
    narrowed.set(key, client);
    return client;
  };
  const client: HttpClient & Required<Pick<HttpClient, 'within'>> = {
    request: (request) => general.request(request),
    within(namespace) {
      const wanted = rules.filter(({ namespaces }) => includesNamespace(namespaces, namespace));
      return wanted.length === 0
        ? client
        : clientFor(wanted, wanted.map((rule) => rules.indexOf(rule)).join());
    },
    close() {
      for (const each of [general, ...narrowed.values()]) each.close();
    },
  };
  return client;
}

/** What is wrong with the ranges of the rules, each with its path. */
export function egressFaults(rules: readonly NamespaceEgress[]): readonly string[] {
  return rules.flatMap(({ deny = [], allow = [] }, index) => [
    ...faultsOf(deny, `egress[${index}].deny`, isCidr),
    ...faultsOf(allow, `egress[${index}].allow`, (range) => range === 'public' || isCidr(range)),
  ]);
}

const faultsOf = (
  ranges: readonly string[],
  path: string,
  isRange: (text: string) => boolean,
): readonly string[] =>
  ranges.flatMap((range, place) =>
    isRange(range)
      ? []
      : [`${path}[${place}]: ${JSON.stringify(range)} is no CIDR such as 10.0.0.0/8 or fd00::/8`],
  );
