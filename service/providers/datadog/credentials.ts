import type { DatadogMetric } from '../../../schemas/index.js';
import type { MeasureContext } from '../provider.js';
import { ProviderError } from '../provider-error.js';
import { readKeys, type WantedKeys } from '../secrets.js';

/** Who asks Datadog, and where it is. */
export interface Credentials {
  /** Base URL; empty: Datadog's own. */
  readonly address: string;
  readonly apiKey: string;
  readonly appKey: string;
  /** The address is not one that the run's namespace has given. */
  readonly ownAddress: boolean;
}

const KEYS = ['address', 'api-key', 'app-key'] as const;
const DEFAULT_SECRET = 'datadog';

/**
 * The credentials of a spec, found where the reference finds them: in the secret that the spec names, in the service's
 * own namespace or with `namespaced` in the run's; else in `DD_ADDRESS`, `DD_API_KEY` and `DD_APP_KEY` when all three
 * are set; else in the secret `datadog`. Nothing takes the place of a named secret.
 * @throws ProviderError (`secret`, `invalidSpec`)
 */
export async function findCredentials(
  { secretRef: { name = '', namespaced = false } = {} }: DatadogMetric,
  context: MeasureContext,
): Promise<Credentials> {
  if (namespaced && name === '') {
    throw new ProviderError('invalidSpec', 'secret name is required for namespaced credentials');
  }
  const found = name === '' ? ofEnvironment(context) : undefined;
  const credentials =
    found ??
    (await ofSecret(context, {
      name: name || DEFAULT_SECRET,
      keys: KEYS,
      ...(namespaced ? { namespace: context.run.namespace } : {}),
    }));
  context.hide?.(credentials.apiKey);
  context.hide?.(credentials.appKey);
  return credentials;
}

function ofEnvironment({ defaults: { environment = {} } }: MeasureContext): Credentials | undefined {
  const { DD_ADDRESS: address, DD_API_KEY: apiKey, DD_APP_KEY: appKey } = environment;
  return address !== undefined && apiKey && appKey
    ? { address, apiKey, appKey, ownAddress: true }
    : undefined;
}

async function ofSecret(
  context: MeasureContext,
  wanted: WantedKeys<(typeof KEYS)[number]>,
): Promise<Credentials> {
  const keys = await readKeys(context, wanted).catch((error: unknown) => {
    if (error instanceof ProviderError) throw notFound(error);
    throw error;
  });
  const { address = '', 'api-key': apiKey = '', 'app-key': appKey = '' } = keys;
  if (apiKey === '' || appKey === '') throw notFound();
  return { address, apiKey, appKey, ownAddress: address === '' || wanted.namespace === undefined };
}

const notFound = (cause?: ProviderError): ProviderError =>
  new ProviderError('secret', 'failed to find the credentials for datadog metrics provider', { cause });
