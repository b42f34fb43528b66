import type { MetricProviderKind } from '../../schemas/index.js';
import type { HttpClient, HttpRequest, HttpResponse } from './http/http.js';
import type { ProviderErrorCode } from './provider-error.js';
import { redactSecrets, redactUrl } from './redact.js';

/**
 * Why a measurement is an Error: a provider's code, or what the conditions made of a value. `emptyResult`: the query
 * found nothing and the condition does not provide for that.
 */
export type FailureCode = ProviderErrorCode | 'condition' | 'emptyResult';

/** What is known of a measurement of phase Error beside its message, which has the reference's words. */
export interface MeasurementFailure {
  readonly code: FailureCode;
  readonly metric: string;
  /** Absent: the metric has no provider that is there. */
  readonly provider?: MetricProviderKind;
  /** The last request, e.g. `POST http://prometheus:9090/api/v1/query`; without credentials and query string. */
  readonly asked?: string;
  /** Status and beginning of the last answer. */
  readonly answered?: string;
  /** What to do about it, where there is something to say for every case of this code. */
  readonly advice?: string;
}

/** Characters of an answer that are shown. */
const MAX_ANSWER = 300;
const MAX_BYTES_OF_CHARACTER = 4;

/** What to do about the common causes; the codes that are left out say it in their message. */
const ADVICE: Readonly<Partial<Record<FailureCode, string>>> = {
  nameNotResolved:
    'Check the host in the address: it must resolve where Assay runs. In Kubernetes a service of another namespace is <service>.<namespace>.svc; on a laptop a cluster name needs a port-forward.',
  unreachable:
    'Check that the server runs, that address and port are right, and that a firewall or network policy lets Assay reach it.',
  unauthorized:
    'Check the credentials: authentication or headers of the metric, the secret that they come from, and that they may read this query.',
  emptyResult:
    'The query matches no series. Try it in the store: names, labels and the time range must match; before the first traffic there is nothing. To let an empty result pass or wait, say so in the condition: len(result) == 0 || result[0] >= 0.95 for a list, default(result, 0) < 5 for a number.',
  noData:
    'The query found nothing. Try it in the store: names, tags and the time range must match; before the first traffic there is nothing, so give it time with initialDelay.',
  timeout:
    'The server took longer than the timeout. Ask for less (a shorter range, a recording rule), or raise timeout of the metric.',
  tls: 'Give the authority of the certificate as ASSAY_CA_FILE, or check that the address has the name that the certificate is for.',
  rateLimited: 'Measure less often (interval), or have the limit of the store raised.',
  egressDenied: 'ASSAY_EGRESS_ALLOW and ASSAY_EGRESS_DENY say which addresses may be measured.',
  secret:
    'Secrets are those of the cluster that Assay has access to, else files below ASSAY_SECRETS_DIR: <name>/<key>.',
};

/** What to do about a failure; undefined: its message says all there is. */
export const adviceFor = (code: FailureCode): string | undefined => ADVICE[code];

/** The last request of a measurement and its answer, for {@link MeasurementFailure}. */
export class ExchangeRecorder {
  readonly #secrets: readonly string[];
  #asked: HttpRequest | undefined;
  #answered: HttpResponse | undefined;

  /** @param secrets what is masked; it may grow until {@link last} is read. */
  constructor(secrets: readonly string[]) {
    this.#secrets = secrets;
  }

  /** A client that remembers what goes through it. */
  watch(http: HttpClient): HttpClient {
    return {
      watched: http.watched ?? http,
      request: async (request) => {
        this.#asked = request;
        this.#answered = undefined;
        this.#answered = await http.request(request);
        return this.#answered;
      },
      close: () => {
        http.close();
      },
    };
  }

  /** Put into words only now: most measurements are no Errors, and nobody asks. */
  get last(): Pick<MeasurementFailure, 'asked' | 'answered'> {
    return {
      ...(this.#asked === undefined ? {} : { asked: redactSecrets(askedText(this.#asked), this.#secrets) }),
      ...(this.#answered === undefined ? {} : { answered: answeredText(this.#answered, this.#secrets) }),
    };
  }
}

const askedText = ({ method, url }: HttpRequest): string => `${method} ${redactUrl(url)}`;

/** Masked before it is cut: half a secret would not be found. */
function answeredText({ status, statusText, body }: HttpResponse, secrets: readonly string[]): string {
  const margin = Math.max(0, ...secrets.map((secret) => secret.length));
  const bytes = body.subarray(0, (MAX_ANSWER + margin) * MAX_BYTES_OF_CHARACTER);
  const text = redactSecrets(new TextDecoder().decode(bytes), secrets);
  const cut = text.length > MAX_ANSWER || bytes.length < body.length;
  const head = `${status} ${statusText}`.trimEnd();
  return text === '' ? head : `${head}: ${text.slice(0, MAX_ANSWER)}${cut ? '…' : ''}`;
}
