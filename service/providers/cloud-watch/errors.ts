import { codeOfStatus } from '../http/status.js';
import { errorText, ProviderError } from '../provider-error.js';

/** What the reference's client puts before every error. */
const PREFIX = 'operation error CloudWatch: GetMetricData, ';
/** Names under which AWS says that it is asked too often. */
const THROTTLED = /^(?:Throttl|TooManyRequests|RequestLimitExceeded|LimitExceeded)/;

/** No connection: the library tries again after an error that has this mark. */
class TransientError extends Error {
  readonly $retryable = {};
}

/** An error of the shared client, marked for another attempt where the reference's client makes one. */
export function transient(error: unknown): unknown {
  if (!(error instanceof ProviderError) || error.code !== 'unreachable') return error;
  return new TransientError(error.message, { cause: error });
}

/** Any error of AWS' library as the measurement shows it. */
export function cloudWatchError(error: unknown): ProviderError {
  if (error instanceof ProviderError) return error;
  if (error instanceof TransientError && error.cause instanceof ProviderError) return error.cause;
  const options = { cause: error };
  const answer = answerOf(error);
  if (answer === undefined) {
    const isRegion = /region is missing/i.test(errorText(error));
    return isRegion
      ? new ProviderError(
          'invalidSpec',
          `${PREFIX}failed to resolve service endpoint, there is no region: set AWS_REGION`,
          options,
        )
      : new ProviderError('badResponse', PREFIX + errorText(error), options);
  }
  const { status, requestId, name, message } = answer;
  const code = THROTTLED.test(name) ? 'rateLimited' : codeOfStatus(status);
  return new ProviderError(
    code,
    `${PREFIX}https response error StatusCode: ${status}, RequestID: ${requestId}, ${name}: ${message}`,
    options,
  );
}

interface Answer {
  readonly status: number;
  readonly requestId: string;
  readonly name: string;
  readonly message: string;
}

/** What CloudWatch answered, from the library's error; undefined: there was no answer. */
function answerOf(error: unknown): Answer | undefined {
  if (!(error instanceof Error) || !('$metadata' in error)) return undefined;
  const { $metadata: about } = error;
  if (typeof about !== 'object' || about === null || !('httpStatusCode' in about)) return undefined;
  const { httpStatusCode: status } = about;
  if (typeof status !== 'number') return undefined;
  const requestId = 'requestId' in about && typeof about.requestId === 'string' ? about.requestId : '';
  return { status, requestId, name: error.name, message: error.message };
}
