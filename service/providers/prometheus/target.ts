import type { PrometheusMetric, Sigv4 } from '../../../schemas/index.js';
import type { AwsCredentials, AwsCredentialsSource, AwsIdentity } from '../auth/aws-credentials.js';
import { basicAuthOf } from '../auth/basic.js';
import { forgetToken, oauth2Authorization, oauth2ClientOf, replaceHeaders } from '../auth/oauth2.js';
import { signAws } from '../auth/sigv4.js';
import type { HttpRequest, HttpResponse } from '../http/http.js';
import type { MeasureContext } from '../provider.js';
import { errorText, ProviderError, type ProviderErrorCode } from '../provider-error.js';

/** Time for a query when the spec does not say, in ms. */
const DEFAULT_TIMEOUT_MS = 30_000;

/** A Prometheus server that can be asked. */
export interface Target {
  /** Sends a form to an endpoint such as `/api/v1/query`: as body of a POST, or as query of a GET. */
  ask(method: 'POST' | 'GET', endpoint: string, form: URLSearchParams): Promise<HttpResponse>;
}

/**
 * The server of a spec, with its authentication. Faults of the spec show here, before anything is asked, with the
 * reference's texts.
 * @throws ProviderError
 */
export async function openTarget(spec: PrometheusMetric, context: MeasureContext): Promise<Target> {
  const { http, clock, signal, hide } = context;
  const address = addressOf(spec, context);
  const timeoutMs = timeoutOf(spec);
  const custom = headersOf(spec);
  const tls = spec.insecure === true ? { insecure: true } : {};
  const basic = basicAuthOf(spec.authentication?.basicAuth);
  const oauth2 = oauth2ClientOf(spec.authentication?.oauth2);
  const aws = address.includes('aps-workspaces')
    ? await awsOf(spec.authentication?.sigv4, context)
    : undefined;
  const deadlineMs = clock.nowMs() + timeoutMs;

  return {
    async ask(method, endpoint, form) {
      const url = urlOf(address, endpoint, method === 'GET' ? form : undefined);
      const body = method === 'POST' ? form.toString() : '';
      const own: Record<string, string> =
        method === 'POST' ? { 'Content-Type': 'application/x-www-form-urlencoded' } : {};
      const limits = {
        ...{ url, method, signal, tls, timeoutMs: Math.max(0, deadlineMs - clock.nowMs()) },
        ...(spec.address ? {} : { ownAddress: true }),
      };
      const tokens = { http, clock, headers: custom, request: limits, hide };
      const authorization =
        oauth2 === undefined || timeoutMs === 0 ? basic : await oauth2Authorization(oauth2, tokens);
      const signature =
        aws === undefined ? {} : sign({ method, url, body, headers: own }, aws, clock.nowMs());
      const request: HttpRequest = {
        ...limits,
        timeoutMs: Math.max(0, deadlineMs - clock.nowMs()),
        headers: replaceHeaders(
          { ...own, ...(authorization === undefined ? {} : { Authorization: authorization }), ...signature },
          custom,
        ),
        // As Prometheus' client has it: its POST only asks.
        ...(method === 'POST' ? { body, changesNothing: true } : {}),
      };
      const response = await http.request(request);
      if (oauth2 !== undefined && response.status === 401) forgetToken(oauth2, tokens);
      return response;
    },
  };
}

function addressOf(spec: PrometheusMetric, { defaults }: MeasureContext): string {
  const address = spec.address || defaults.prometheusAddress;
  if (!address)
    throw new ProviderError(
      'invalidSpec',
      'prometheus address is not configured: name it in the metric (provider.prometheus.address), or for all metrics in ASSAY_PROMETHEUS_ADDRESS',
    );
  if (!/^[A-Za-z][A-Za-z0-9+.-]*:\/\/[^/?#]/.test(address)) {
    throw new ProviderError('invalidSpec', 'prometheus address is not is url format');
  }
  return address;
}

function timeoutOf({ timeout }: PrometheusMetric): number {
  if (timeout === undefined) return DEFAULT_TIMEOUT_MS;
  if (timeout < 0) throw new ProviderError('invalidSpec', 'prometheus timeout should not be negative');
  return timeout * 1000;
}

/** Custom headers, the last of those with one name. */
function headersOf({ headers = [] }: PrometheusMetric): Readonly<Record<string, string>> {
  return headers.reduce<Record<string, string>>(
    (all, { key, value }) => replaceHeaders(all, { [key]: value }),
    {},
  );
}

/** The address with an endpoint below its path. A query of the address stays with a POST and is replaced by a GET's. */
function urlOf(address: string, endpoint: string, form: URLSearchParams | undefined): string {
  const [, base = address, query = ''] = /^([^?#]*)(\?[^#]*)?/.exec(address) ?? [];
  return base.replace(/\/+$/, '') + endpoint + (form === undefined ? query : `?${form.toString()}`);
}

interface Aws {
  readonly region: string;
  readonly credentials: AwsCredentials;
}

async function awsOf(spec: Sigv4 | undefined, { defaults }: MeasureContext): Promise<Aws> {
  const { region = '', profile = '', roleArn = '' } = spec ?? {};
  if (region === '') throw new ProviderError('invalidSpec', 'region not configured in sigv4');
  const identity = {
    region,
    ...(profile === '' ? {} : { profile }),
    ...(roleArn === '' ? {} : { roleArn }),
  };
  const credentials = await findCredentials(identity, defaults.awsCredentials);
  return { region, credentials };
}

async function findCredentials(
  identity: AwsIdentity,
  source: AwsCredentialsSource | undefined,
): Promise<AwsCredentials> {
  const refuse = (code: ProviderErrorCode, what: string, cause?: unknown): ProviderError =>
    new ProviderError(code, `could not get SigV4 credentials: ${what}`, { cause });
  let found: AwsCredentials | undefined;
  try {
    found = await source?.(identity);
  } catch (error) {
    throw refuse(error instanceof ProviderError ? error.code : 'unauthorized', errorText(error), error);
  }
  if (found === undefined) {
    throw refuse(
      'unauthorized',
      'there are none in the environment (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY)',
    );
  }
  return found;
}

interface Signable {
  readonly method: 'POST' | 'GET';
  readonly url: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Prometheus' client marks its POST as repeatable with an empty `Idempotency-Key`, which is signed with the rest. */
function sign(
  { method, url, body, headers }: Signable,
  { region, credentials }: Aws,
  nowMs: number,
): Record<string, string> {
  const marked = { ...headers, ...(method === 'POST' ? { 'Idempotency-Key': '' } : {}) };
  const signature = signAws(
    { method, url: new URL(url), headers: marked, body },
    { region, service: 'aps', credentials, nowMs },
  );
  return { ...marked, ...signature };
}
