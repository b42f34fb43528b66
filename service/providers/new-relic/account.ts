import type { NewRelicMetric } from '../../../schemas/index.js';
import { parseGoInt } from '../../condition/index.js';
import type { MeasureContext } from '../provider.js';
import { errorText, ProviderError } from '../provider-error.js';
import { readKeys } from '../secrets.js';

/** Whose data is asked for, and where. */
export interface Account {
  readonly id: number;
  readonly apiKey: string;
  /** URL of NerdGraph, New Relic's GraphQL API. */
  readonly url: string;
}

const DEFAULT_PROFILE = 'newrelic';
const KEYS = ['personal-api-key', 'account-id', 'region', 'base-url-nerdgraph'] as const;

const US = 'https://api.newrelic.com/graphql';
/** NerdGraph by region; a region that is not known is the first, as in the reference. */
const REGIONS: ReadonlyMap<string, string> = new Map([
  ['us', US],
  ['eu', 'https://api.eu.newrelic.com/graphql'],
  ['staging', 'https://staging-api.newrelic.com/graphql'],
]);

/**
 * The account of a spec: the secret that `profile` names, in the service's own namespace.
 * @throws ProviderError (`secret`)
 */
export async function findAccount({ profile }: NewRelicMetric, context: MeasureContext): Promise<Account> {
  const keys = await readKeys(context, { name: profile || DEFAULT_PROFILE, keys: KEYS });
  const { 'personal-api-key': apiKey = '', 'account-id': id = '', region = '' } = keys;
  if (apiKey === '' || id === '') {
    throw new ProviderError('secret', 'account ID or personal API key not found');
  }
  context.hide?.(apiKey);
  const url = keys['base-url-nerdgraph'] ?? REGIONS.get(region.toLowerCase()) ?? US;
  if (url === '') throw new ProviderError('secret', 'base-url-nerdgraph of the profile is empty');
  return { id: numberOf(id), apiKey, url };
}

function numberOf(id: string): number {
  try {
    return Number(parseGoInt(id));
  } catch (error) {
    const text = errorText(error).replace('strconv.ParseInt', 'strconv.Atoi');
    throw new ProviderError('secret', `could not parse account ID: ${text}`, { cause: error });
  }
}
