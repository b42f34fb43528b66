import type { Problem } from '../../../schemas/index.js';
import { CliError, EXIT, type ExitCode } from '../exit-code.js';
import { printable, shorten } from '../printable.js';

/** Characters of a text from outside that are shown. */
const SHOWN = 300;

/** Why a server did not do what was asked. */
export class ServerError extends CliError {
  /** HTTP status; absent: there was no answer. */
  readonly status?: number;
  /** The server is away or busy: the same request may be answered later. */
  readonly passing: boolean;
  /** It was never connected to: nothing can have happened there. */
  readonly neverReached: boolean;

  constructor(
    message: string,
    more: {
      readonly exitCode?: ExitCode;
      readonly status?: number;
      readonly passing?: boolean;
      readonly neverReached?: boolean;
      readonly cause?: unknown;
    } = {},
  ) {
    super(more.exitCode ?? EXIT.unavailable, message, more.cause === undefined ? {} : { cause: more.cause });
    if (more.status !== undefined) this.status = more.status;
    this.passing = more.passing ?? false;
    this.neverReached = more.neverReached ?? false;
  }
}

/** The same failure with something to do about it in another line. */
export function withAdvice(error: ServerError, advice: string): ServerError {
  const { exitCode, status, passing, neverReached } = error;
  return new ServerError(`${error.message}\n${advice}`, {
    exitCode,
    passing,
    neverReached,
    cause: error,
    ...(status === undefined ? {} : { status }),
  });
}

/** Whatever a first request failed with; of a server that did not answer, with what to do about it. */
export function withStartAdvice(error: unknown): unknown {
  if (!(error instanceof ServerError) || error.status !== undefined) return error;
  return withAdvice(
    error,
    'Is it running? `assay serve` starts one; --server or ASSAY_SERVER names another.',
  );
}

/** What Node says of a connection that failed, in words. The code follows, for whoever searches for it. */
const NETWORK_FAULTS: Readonly<Record<string, { readonly text: string; readonly neverReached?: true }>> = {
  ECONNREFUSED: { text: 'connection refused: nothing listens there', neverReached: true },
  ENOTFOUND: { text: 'there is no such host', neverReached: true },
  EAI_AGAIN: { text: 'the name of the host could not be looked up', neverReached: true },
  EHOSTUNREACH: { text: 'there is no route to the host', neverReached: true },
  ENETUNREACH: { text: 'the network can not be reached', neverReached: true },
  ETIMEDOUT: { text: 'the connection timed out', neverReached: true },
  UND_ERR_CONNECT_TIMEOUT: { text: 'the connection timed out', neverReached: true },
  ECONNRESET: { text: 'the connection was closed' },
  EPIPE: { text: 'the connection was closed' },
  UND_ERR_SOCKET: { text: 'the connection was closed' },
};

const CERTIFICATE_ADVICE =
  'its certificate is not trusted: NODE_EXTRA_CA_CERTS names a file with further authorities';

/** What `fetch` says of a port that it asks nothing of, as it belongs to another protocol (Fetch Standard, "port blocking"). */
const BLOCKED_PORT = 'bad port';

/** There was no answer: why, by the error of the connection. */
export function unreachable(url: string, error: unknown): ServerError {
  const cause = rootCause(error);
  if (cause instanceof Error && cause.message === BLOCKED_PORT)
    return new ServerError(`${url} can not be reached: its port belongs to another protocol than HTTP`, {
      neverReached: true,
      cause: error,
    });
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  const known = NETWORK_FAULTS[code];
  const own = cause instanceof Error ? cause.message : String(cause);
  const text = known?.text ?? (isCertificateFault(code) ? `${CERTIFICATE_ADVICE} (${own})` : own);
  return new ServerError(`${url} can not be reached: ${printable(shorten(text, SHOWN))}`, {
    // A certificate does not become good while one waits.
    passing: !isCertificateFault(code),
    neverReached: known?.neverReached ?? isCertificateFault(code),
    cause: error,
  });
}

/** There was no answer in time. */
export const noAnswer = (url: string, timeoutMs: number): ServerError =>
  new ServerError(`${url} can not be reached: no answer within ${timeoutMs / 1_000} s`, { passing: true });

/** The answer is not one of Assay's: the address is probably another server's, or a proxy's before it. */
export function foreignAnswer(url: string, status: number, what: string): ServerError {
  return new ServerError(
    `${url} answered ${status} with ${printable(shorten(what, SHOWN))}, which is not what Assay answers: is the address right?`,
    // Proxies answer for a server that is away, in words of their own.
    { status, passing: isPassing(status) },
  );
}

/** The server refused or failed, and said why. Every fault has a line. */
export function problemError(
  url: string,
  status: number,
  { title, detail, errors = [] }: Problem,
): ServerError {
  const lines = [
    `${url} answered ${status}: ${printable(detail ?? title)}`,
    ...errors.map(
      ({ path, message }) =>
        `  ${[path, message]
          .filter((part) => part !== '')
          .map(printable)
          .join(': ')}`,
    ),
    ...adviceFor(status),
  ];
  return new ServerError(lines.join('\n'), {
    status,
    passing: isPassing(status),
    exitCode: status < 500 && status !== 429 ? EXIT.usage : EXIT.unavailable,
  });
}

function adviceFor(status: number): readonly string[] {
  switch (status) {
    case 401:
      return ['Give a token that it knows in ASSAY_TOKEN.'];
    case 403:
      return ['The token of ASSAY_TOKEN does not allow this.'];
    default:
      return [];
  }
}

const isPassing = (status: number): boolean => status >= 500 || status === 429;

const isCertificateFault = (code: string): boolean =>
  code.includes('CERT') || code.startsWith('ERR_TLS') || code === 'UNABLE_TO_VERIFY_LEAF_SIGNATURE';

/** What was wrong in the end: `fetch` wraps it, and of several addresses that failed the first one tells. */
function rootCause(error: unknown): unknown {
  if (error instanceof AggregateError && error.errors.length > 0) return rootCause(error.errors[0]);
  return error instanceof Error && error.cause !== undefined ? rootCause(error.cause) : error;
}
