import type {
  CloudWatchClientConfig,
  GetMetricDataCommandInput,
  GetMetricDataCommandOutput,
} from '@aws-sdk/client-cloudwatch';
import type { AwsCredentials } from '../auth/aws-credentials.js';
import { awsRequestHandler } from '../auth/aws-request-handler.js';
import { signAws } from '../auth/sigv4.js';
import type { MeasureContext } from '../provider.js';
import { ProviderError } from '../provider-error.js';
import { cloudWatchError, transient } from './errors.js';

/** Time for one attempt, in ms. */
const TIMEOUT_MS = 30_000;
/** As the reference's client: the first, and two more after a server error, throttling or no connection. */
const ATTEMPTS = 3;
const SIGV4 = 'aws.auth#sigv4';
/** Not signed: what the library tells of itself, and the signature of the attempt before. */
const NOT_SIGNED = /^(?:user-agent|x-amz-user-agent|authorization|x-amz-date|x-amz-security-token)$/i;

/**
 * Asks CloudWatch for data. AWS' library does the protocol, the endpoint, its configuration files and the attempts; the
 * requests go through the shared client, and credentials and time are those of the measurement.
 * @throws ProviderError
 */
export async function getMetricData(
  input: GetMetricDataCommandInput,
  context: MeasureContext,
): Promise<GetMetricDataCommandOutput> {
  const [{ CloudWatch }, { AwsSmithyRpcV2CborProtocol }, { state }] = await Promise.all([
    import('@aws-sdk/client-cloudwatch'),
    import('@aws-sdk/core/protocols'),
    import('@aws-sdk/core/client'),
  ]);
  // Which Node its later versions need is of no use to who runs this one: the version is fixed.
  state.warningEmitted = true;
  const client = new CloudWatch({
    ...placeOf(context),
    protocol: AwsSmithyRpcV2CborProtocol,
    httpAuthSchemes: [signedBy(context)],
    credentials: noCredentialsOfItsOwn,
    requestHandler: handlerOf(context),
    maxAttempts: ATTEMPTS,
    retryMode: 'standard',
    defaultsMode: 'legacy',
  });
  try {
    return await client.getMetricData(input, { abortSignal: context.signal });
  } catch (error) {
    throw cloudWatchError(error);
  } finally {
    client.destroy();
  }
}

/** What the environment says of region and endpoint; the library looks for the rest in its configuration files. */
function placeOf({ defaults: { environment = {} } }: MeasureContext): CloudWatchClientConfig {
  const region = environment['AWS_REGION'] || environment['AWS_DEFAULT_REGION'];
  const endpoint = environment['AWS_ENDPOINT_URL_CLOUDWATCH'] || environment['AWS_ENDPOINT_URL'];
  const profile = environment['AWS_PROFILE'];
  return {
    ...(region ? { region } : {}),
    ...(endpoint ? { endpoint } : {}),
    ...(profile ? { profile } : {}),
  };
}

/** The library's own search would walk around the rules of the shared one. */
const noCredentialsOfItsOwn = (): Promise<AwsCredentials> =>
  Promise.reject(new ProviderError('internal', 'credentials are found by the signer'));

type AuthScheme = NonNullable<CloudWatchClientConfig['httpAuthSchemes']>[number];

/** Signs with the credentials of the measurement what the reference's client signs. */
function signedBy({ defaults, clock, hide }: MeasureContext): AuthScheme {
  return {
    schemeId: SIGV4,
    identityProvider: () => () => Promise.resolve({}),
    signer: {
      async sign(request, _identity, properties) {
        const region = textOf(properties['signingRegion'] ?? properties['region']);
        const service = textOf(properties['signingName'] ?? properties['name']);
        const credentials = await defaults.awsCredentials?.({ region });
        if (credentials === undefined) {
          throw new ProviderError(
            'unauthorized',
            'operation error CloudWatch: GetMetricData, there are no AWS credentials: no AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, profile, or role of the pod or machine',
          );
        }
        hide?.(credentials.secretAccessKey);
        if (credentials.sessionToken !== undefined) hide?.(credentials.sessionToken);
        const headers = Object.fromEntries(
          Object.entries(request.headers).filter(([name]) => !NOT_SIGNED.test(name)),
        );
        const { host: _host, ...others } = headers;
        const port = request.port === undefined ? '' : `:${request.port}`;
        const signature = signAws(
          {
            method: request.method,
            url: new URL(`${request.protocol}//${request.hostname}${port}${request.path}`),
            headers: others,
            body: bytesOf(request.body),
          },
          { region, service, credentials, nowMs: clock.nowMs() },
        );
        request.headers = { ...headers, ...signature };
        return request;
      },
    },
  };
}

/** A property of the endpoint, by which requests are signed. */
function textOf(property: unknown): string {
  if (typeof property === 'string') return property;
  throw new ProviderError('internal', 'the endpoint of CloudWatch has no region or name to sign for');
}

function bytesOf(body: unknown): string | Uint8Array {
  if (typeof body === 'string' || body instanceof Uint8Array) return body;
  throw new ProviderError('internal', 'a request to CloudWatch has no body');
}

/** The shared client as the library's way to the network; what a further attempt may help is marked for it. */
function handlerOf({ http, signal }: MeasureContext): ReturnType<typeof awsRequestHandler> {
  const handler = awsRequestHandler(http, { timeoutMs: TIMEOUT_MS, signal });
  return {
    async handle(request) {
      try {
        const { response } = await handler.handle(request);
        if (response.body.byteLength === 0 && response.statusCode === 200) {
          throw new ProviderError('badResponse', 'CloudWatch sent an empty answer');
        }
        // The shared client has waited already.
        const { 'retry-after': _asked, 'x-amz-retry-after': _askedByAws, ...headers } = response.headers;
        return { response: { ...response, headers } };
      } catch (error) {
        throw transient(error);
      }
    },
  };
}
