import type { HttpClient } from '../http/http.js';

/** A request of AWS' library, as far as it is read here. */
interface AwsRequest {
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number;
  readonly path: string;
  readonly query?: Readonly<Record<string, string | string[] | null>>;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

interface AwsResponse {
  readonly response: {
    readonly statusCode: number;
    readonly headers: Record<string, string>;
    readonly body: Uint8Array;
  };
}

/** Time for an answer, in ms, when nothing is said of it: that of AWS' token service. */
const TIMEOUT_MS = 10_000;
/** Headers that the client sets by itself. */
const OF_CONNECTION = /^(?:host|content-length|connection)$/i;

/** Sends the requests of AWS' library through the shared client, so that they are bound by its rules. */
export function awsRequestHandler(
  http: HttpClient,
  { timeoutMs = TIMEOUT_MS, signal }: { readonly timeoutMs?: number; readonly signal?: AbortSignal } = {},
): {
  handle(request: AwsRequest): Promise<AwsResponse>;
} {
  return {
    async handle(request) {
      const { method, headers, body } = request;
      const response = await http.request({
        method,
        url: urlOf(request),
        headers: Object.fromEntries(Object.entries(headers).filter(([name]) => !OF_CONNECTION.test(name))),
        ...(typeof body === 'string' || body instanceof Uint8Array ? { body } : {}),
        timeoutMs,
        // AWS' library finds its endpoints in the environment of the service.
        ownAddress: true,
        signal: signal ?? new AbortController().signal,
      });
      return {
        response: {
          statusCode: response.status,
          headers: { ...response.headers },
          body: response.body,
        },
      };
    },
  };
}

function urlOf({ protocol, hostname, port, path, query = {} }: AwsRequest): string {
  const url = new URL(`${protocol}//${hostname}${port === undefined ? '' : `:${port}`}${path}`);
  for (const [name, values] of Object.entries(query)) {
    for (const value of Array.isArray(values) ? values : [values ?? '']) url.searchParams.append(name, value);
  }
  return url.href;
}
