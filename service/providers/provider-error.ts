/**
 * Why a measurement could not be taken: the closed set that messages, metric labels and retry decisions share.
 * `invalidSpec`: the spec can not be used as it is, asking again does not help. `noData`: the store found nothing, and
 * no condition can provide for that. `internal`: a fault of ours.
 */
export type ProviderErrorCode =
  | 'invalidSpec'
  | 'timeout'
  | 'canceled'
  | 'unreachable'
  | 'nameNotResolved'
  | 'egressDenied'
  | 'tls'
  | 'unauthorized'
  | 'rateLimited'
  | 'tooLarge'
  | 'badResponse'
  | 'noData'
  | 'secret'
  | 'internal';

/**
 * A measurement could not be taken. `message` is what the status shows: the reference's text where it has one, and
 * never a credential or the query string of a URL.
 */
export class ProviderError extends Error {
  override readonly name = 'ProviderError';
  readonly code: ProviderErrorCode;
  /** Metadata that the measurement has all the same, such as warnings of the store. */
  readonly metadata: Readonly<Record<string, string>> | undefined;

  constructor(code: ProviderErrorCode, message: string, options: ProviderErrorOptions = {}) {
    super(message, options);
    this.code = code;
    this.metadata = options.metadata;
  }
}

/** Options of {@link ProviderError}. */
export interface ProviderErrorOptions extends ErrorOptions {
  readonly metadata?: Readonly<Record<string, string>>;
}

/** The `code` of an error of Node's, e.g. `ENOENT`; of anything else `unknown`. */
export function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
}

/** The text of anything thrown. */
export function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
