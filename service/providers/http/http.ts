/** TLS of one request, beside what the client was made with. All certificates and keys are PEM texts. */
export interface TlsOptions {
  /** Accept any certificate. */
  readonly insecure?: boolean;
  /** Certificate authorities to trust beside the system's. */
  readonly ca?: string;
  /** Client certificate, with `key`. */
  readonly cert?: string;
  readonly key?: string;
}

/** One request. Redirects are followed, 10 at most, unless `statusOnly` or `noRedirects` is given. */
export interface HttpRequest {
  /** Upper case, e.g. `GET`. */
  readonly method: string;
  /** Absolute, http or https. */
  readonly url: string;
  /** By name, in any case. A name must not occur in two cases. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** Time until the whole answer must be there, redirects included, in ms; 0 is over at once. Absent: the client's. */
  readonly timeoutMs?: number;
  /** Ends the request early. */
  readonly signal: AbortSignal;
  readonly tls?: TlsOptions;
  /** Bytes of an answer, unpacked, beyond which it is refused. Absent: the client's; more than that has no effect. */
  readonly maxBytes?: number;
  /**
   * Only status and headers are wanted: a redirect is the answer, and the body is empty, whatever the server goes on
   * to send: a little of it is read and dropped, so that the connection can be kept.
   */
  readonly statusOnly?: boolean;
  /** A redirect is the answer. */
  readonly noRedirects?: boolean;
  /** What is asked for over https must not be answered over http: a redirect there is an error. */
  readonly staysSecure?: boolean;
  /**
   * It only asks, whatever its method says: it may be sent again when a kept connection was closed under it, and once
   * for all that ask the same at the same time.
   */
  readonly changesNothing?: boolean;
  /**
   * The address is one of the service's own settings or secrets, or a vendor's: rules for addresses that metrics name do
   * not hold for it. Absent: a metric may have named it.
   */
  readonly ownAddress?: boolean;
  /** Told of each credential that is added to it on its way, see `MeasureContext.hide`. */
  readonly hide?: (credential: string) => void;
}

/** An answer, whatever its status. */
export interface HttpResponse {
  readonly status: number;
  /** E.g. `Not Found`, by status as Go names them, never what the server said; empty for an unknown status. */
  readonly statusText: string;
  /** Names in lower case; repeated ones joined by `, `. */
  readonly headers: Readonly<Record<string, string>>;
  /** Unpacked body. */
  readonly body: Uint8Array;
  /** The body as UTF-8; invalid bytes become U+FFFD, a byte order mark stays. */
  text(): string;
}

/**
 * The one way of providers to the network: keep-alive, timeout, size cap, redirects, egress rules, redaction.
 * `request` rejects with a `ProviderError` whose text is that of Go's client (`Post "http://…": EOF`).
 */
export interface HttpClient {
  request(request: HttpRequest): Promise<HttpResponse>;
  /** The client that this one only watches: what is kept for a client, such as tokens, is kept for that one. */
  readonly watched?: HttpClient;
  /** The client for measurements of runs of a namespace, where that makes a difference. What is kept for it is kept for this one. */
  within?(namespace: string): HttpClient;
  /** Closes kept connections. The client must not be used afterwards. */
  close(): void;
}
