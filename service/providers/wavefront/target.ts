import type { WavefrontMetric } from '../../../schemas/index.js';
import type { MeasureContext } from '../provider.js';
import { ProviderError } from '../provider-error.js';
import { readKeys } from '../secrets.js';

/** Where Wavefront is, and who asks it. */
export interface Target {
  /** Without a path. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

const TOKENS = 'wavefront-api-tokens';

/**
 * The server of a spec: a host name, whose token is in the secret `wavefront-api-tokens` under that name, or a server
 * by name (`provider://NAME`), whose configuration has the credentials.
 * @throws ProviderError (`secret`)
 */
export async function targetOf({ address = '' }: WavefrontMetric, context: MeasureContext): Promise<Target> {
  const headers = { Accept: 'application/json' };
  if (/^provider:/i.test(address)) return { url: address.replace(/\/+$/, ''), headers };
  const { [address]: token } = await readKeys(context, { name: TOKENS, keys: [address] });
  if (token === undefined) throw new ProviderError('secret', 'API token not found');
  context.hide?.(token);
  const [host = ''] = address.split(/[/?#]/, 1);
  return { url: `https://${host}`, headers: { ...headers, Authorization: `Bearer ${token}` } };
}
