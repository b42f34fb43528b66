import type { HttpResponse } from '../http/http.js';
import { ProviderError, errorText } from '../provider-error.js';

/** A token as it is sent. */
export interface Token {
  /** Value of the `Authorization` header. */
  readonly authorization: string;
  /** Epoch ms; absent: the server did not say, so the token is used once. */
  readonly expiresAtMs?: number;
}

/** Bytes of a refusal that a message shows. */
const MAX_SHOWN = 256;

/**
 * The token of an answer: JSON, or a form as older servers send.
 * @throws ProviderError with the texts of Go's client (`oauth2: "invalid_client" "nope"`).
 */
export function readToken(response: HttpResponse, nowMs: number): Token {
  const text = response.text();
  const isForm = /^(application\/x-www-form-urlencoded|text\/plain)\b/i.test(
    response.headers['content-type'] ?? '',
  );
  const isOk = response.status >= 200 && response.status <= 299;
  const fields = isForm ? Object.fromEntries(new URLSearchParams(text)) : parseObject(text, isOk);
  const field = (name: string): string => {
    const value = fields[name];
    return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '';
  };

  if (!isOk || field('error') !== '')
    throw refusal(response, text, field('error'), field('error_description'));
  const token = field('access_token');
  if (token === '') throw new ProviderError('unauthorized', 'oauth2: server response missing access_token');
  const seconds = Number(field('expires_in'));
  return {
    authorization: `${tokenType(field('token_type'))} ${token}`,
    ...(seconds > 0 ? { expiresAtMs: nowMs + seconds * 1000 } : {}),
  };
}

function refusal(
  { status, statusText }: HttpResponse,
  body: string,
  code: string,
  description: string,
): ProviderError {
  const text =
    code === ''
      ? `oauth2: cannot fetch token: ${status} ${statusText}\nResponse: ${body.slice(0, MAX_SHOWN)}`
      : `oauth2: ${JSON.stringify(code)}${description === '' ? '' : ` ${JSON.stringify(description)}`}`;
  return new ProviderError(status >= 500 ? 'unreachable' : 'unauthorized', text);
}

function parseObject(text: string, mustParse: boolean): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return { ...value };
    throw new TypeError('it is not an object');
  } catch (error) {
    // A refusal need not be JSON: its status tells enough.
    if (!mustParse) return {};
    throw new ProviderError('badResponse', `oauth2: cannot parse json: ${errorText(error)}`, {
      cause: error,
    });
  }
}

/** Servers spell the type in any case; the header wants the usual one. */
function tokenType(type: string): string {
  switch (type.toLowerCase()) {
    case '':
    case 'bearer':
      return 'Bearer';
    case 'mac':
      return 'MAC';
    case 'basic':
      return 'Basic';
    default:
      return type;
  }
}
