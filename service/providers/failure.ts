import type { MetricProviderKind } from '../../schemas/index.js';
import type { Redactor } from '../analysis/index.js';
import type { HttpClient, HttpRequest, HttpResponse } from './http/http.js';
import type { ProviderErrorCode } from './provider-error.js';
import { redactUrl } from './redact.js';

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
  /** The secret that could not be read: messages have the reference's words, which leave out its namespace. */
  readonly secret?: { readonly namespace: string; readonly name: string; readonly key: string };
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
    'Secrets are those of the cluster that Assay has access to, else files below ASSAY_SECRETS_DIR: <namespace>/<name>/<key> or <name>/<key>.',
};

/** What to do about a failure; undefined: its message says all there is. */
export const adviceFor = (code: FailureCode): string | undefined => ADVICE[code];

/** The last request of a measurement and its answer, for {@link MeasurementFailure}. */
export class ExchangeRecorder {
  readonly #redactor: Redactor;
  #asked: HttpRequest | undefined;
  #answered: HttpResponse | undefined;

  /** @param redactor hides secrets; it may learn of more until {@link last} is read. */
  constructor(redactor: Redactor) {
    this.#redactor = redactor;
  }

  /** A client that remembers what goes through it, and tells of the credentials that are added on the way. */
  watch(http: HttpClient, hide: (credential: string) => void): HttpClient {
    return {
      watched: http.watched ?? http,
      request: async (request) => {
        this.#asked = request;
        this.#answered = undefined;
        this.#answered = await http.request({ ...request, hide });
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
      ...(this.#asked === undefined ? {} : { asked: this.#redactor.text(askedText(this.#asked)) }),
      ...(this.#answered === undefined ? {} : { answered: answeredText(this.#answered, this.#redactor) }),
    };
  }
}

const askedText = ({ method, url }: HttpRequest): string => `${method} ${redactUrl(url)}`;

/** Masked before it is cut: half a secret would not be found. */
function answeredText({ status, statusText, body }: HttpResponse, redactor: Redactor): string {
  const margin = redactor.longest;
  const bytes = body.subarray(0, (MAX_ANSWER + margin) * MAX_BYTES_OF_CHARACTER);
  const masked = redactor.text(new TextDecoder().decode(bytes));
  const isWhole = bytes.length === body.length;
  // What was cut off may have been the other half of a secret.
  const text = isWhole ? masked : masked.slice(0, Math.max(0, masked.length - margin));
  const cut = text.length > MAX_ANSWER || !isWhole;
  const head = `${status} ${statusText}`.trimEnd();
  return text === '' ? head : `${head}: ${text.slice(0, MAX_ANSWER)}${cut ? '…' : ''}`;
}
