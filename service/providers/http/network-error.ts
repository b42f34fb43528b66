import { isIP } from 'node:net';
import { ProviderError, type ProviderErrorCode, errorText } from '../provider-error.js';
import { portOf } from './proxy.js';
import { ProxyConnectError } from './proxy-connection.js';
import { urlMessage } from './request-url.js';

/** A request did not get its answer in time. */
export class DeadlineError extends Error {
  override readonly name = 'DeadlineError';
}

/** The answer is larger than allowed, unpacked. */
export class TooLargeError extends Error {
  override readonly name = 'TooLargeError';
}

/** The connection ended within the body. */
export class BodyError extends Error {
  override readonly name = 'BodyError';
}

interface Explanation {
  readonly code: ProviderErrorCode;
  readonly text: string;
}

/** Errors of certificates by Node's code, in the words of Go's TLS. */
const CERTIFICATE_FAULTS: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: 'certificate signed by unknown authority',
  SELF_SIGNED_CERT_IN_CHAIN: 'certificate signed by unknown authority',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'certificate signed by unknown authority',
  UNABLE_TO_GET_ISSUER_CERT: 'certificate signed by unknown authority',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'certificate signed by unknown authority',
  CERT_HAS_EXPIRED: 'certificate has expired or is not yet valid',
  CERT_NOT_YET_VALID: 'certificate has expired or is not yet valid',
  ERR_TLS_CERT_ALTNAME_INVALID: 'certificate is not valid for the name of the host',
  CERT_REVOKED: 'certificate was revoked',
};

/** What went wrong between us and the server, as the `ProviderError` that Go's client would have told. */
export function networkError(method: string, url: string, error: unknown): ProviderError {
  if (error instanceof ProviderError) return error;
  const { code, text } = explain(error, url);
  return new ProviderError(code, urlMessage(method, url, text), { cause: error });
}

function explain(error: unknown, url: string): Explanation {
  if (error instanceof DeadlineError) return { code: 'timeout', text: 'context deadline exceeded' };
  if (error instanceof TooLargeError) return { code: 'tooLarge', text: error.message };
  if (error instanceof BodyError) return { code: 'unreachable', text: error.message };
  if (error instanceof ProxyConnectError) return explainProxy(error);
  // Several addresses were tried and all failed: the first tells the reason.
  if (error instanceof AggregateError && error.errors.length > 0) return explain(error.errors[0], url);

  const code = textField(error, 'code') ?? '';
  const certificate = CERTIFICATE_FAULTS[code];
  if (certificate !== undefined) {
    return { code: 'tls', text: `tls: failed to verify certificate: x509: ${certificate}` };
  }
  const place = textField(error, 'address') ?? hostOf(url);
  const dial = `dial tcp ${isIP(place) === 6 ? `[${place}]` : place}:${numberField(error, 'port') ?? portOf(new URL(url))}`;
  switch (code) {
    case 'ECONNREFUSED':
      return { code: 'unreachable', text: `${dial}: connect: connection refused` };
    case 'EHOSTUNREACH':
      return { code: 'unreachable', text: `${dial}: connect: no route to host` };
    case 'ENETUNREACH':
      return { code: 'unreachable', text: `${dial}: connect: network is unreachable` };
    case 'ETIMEDOUT':
      return { code: 'timeout', text: `${dial}: i/o timeout` };
    case 'ENOTFOUND':
      return { code: 'nameNotResolved', text: `dial tcp: lookup ${hostOf(url)}: no such host` };
    case 'EAI_AGAIN':
      return { code: 'nameNotResolved', text: `dial tcp: lookup ${hostOf(url)}: server misbehaving` };
    case 'ECONNRESET':
    case 'EPIPE':
      return { code: 'unreachable', text: 'EOF' };
    default:
      break;
  }
  if (code === 'EPROTO' || code.startsWith('ERR_SSL') || code.startsWith('ERR_TLS')) {
    return { code: 'tls', text: `tls: ${code}` };
  }
  if (code.startsWith('HPE_')) return { code: 'badResponse', text: `malformed HTTP response (${code})` };
  return { code: 'unreachable', text: errorText(error) };
}

function explainProxy({ proxyUrl, message, cause }: ProxyConnectError): Explanation {
  if (cause === undefined) return { code: 'unreachable', text: `proxyconnect tcp: ${message}` };
  const { code, text } = explain(cause, proxyUrl);
  return { code, text: `proxyconnect tcp: ${text}` };
}

const hostOf = (url: string): string => new URL(url).hostname.replace(/^\[|\]$/g, '');

function textField(error: unknown, name: string): string | undefined {
  const value = field(error, name);
  return typeof value === 'string' ? value : undefined;
}

function numberField(error: unknown, name: string): number | undefined {
  const value = field(error, name);
  return typeof value === 'number' ? value : undefined;
}

function field(error: unknown, name: string): unknown {
  return error instanceof Error ? Object.getOwnPropertyDescriptor(error, name)?.value : undefined;
}
