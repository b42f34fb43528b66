import type { WebMetric } from '../../schemas/index.js';
import { goByte, type TypedValue } from '../condition/index.js';
import { basicAuthOf } from './auth/basic.js';
import { forgetToken, oauth2Authorization, oauth2ClientOf, replaceHeaders } from './auth/oauth2.js';
import { encodeGoJson, type JsonValue, MAX_JSON_DEPTH, parseGoJson } from './go-json.js';
import type { HttpRequest, HttpResponse } from './http/http.js';
import { codeOfStatus } from './http/status.js';
import {
  compileJsonPath,
  GoInteger,
  type JsonPath,
  NO_VALUE,
  PathBudgetError,
  PathError,
  type PathValue,
} from './jsonpath/index.js';
import type { MeasureContext, MetricProvider, ValueReading } from './provider.js';
import { ProviderError } from './provider-error.js';

/** Time for a request when the spec does not say, in ms. */
const DEFAULT_TIMEOUT_MS = 10_000;
const WHOLE_DOCUMENT = '{$}';

/**
 * `provider.web`: one HTTP request. The value is what the JSONPath finds first in a JSON answer; any other answer is
 * itself the value, as text. An answer outside 2xx is an error.
 */
export const webProvider: MetricProvider<WebMetric> = {
  kind: 'web',
  async measure(spec, context) {
    const authentication = authenticationOf(spec);
    const path = pathOf(spec);
    const response = await send(spec, authentication, context);
    if (response.status < 200 || response.status > 299) {
      throw new ProviderError(
        codeOfStatus(response.status),
        `received non 2xx response code: ${response.status}`,
      );
    }
    return read(response.text(), path);
  },
};

/** Who the request says it is from. */
interface Authentication {
  readonly basic: string | undefined;
  readonly oauth2: ReturnType<typeof oauth2ClientOf>;
}

function authenticationOf({ authentication }: WebMetric): Authentication {
  return { oauth2: oauth2ClientOf(authentication?.oauth2), basic: basicAuthOf(authentication?.basicAuth) };
}

function pathOf({ jsonPath }: WebMetric): JsonPath {
  try {
    return compileJsonPath(jsonPath || WHOLE_DOCUMENT);
  } catch (error) {
    if (!(error instanceof PathError)) throw error;
    throw new ProviderError('invalidSpec', error.message, { cause: error });
  }
}

async function send(
  spec: WebMetric,
  { basic, oauth2 }: Authentication,
  { http, clock, signal, hide }: MeasureContext,
): Promise<HttpResponse> {
  const body = bodyOf(spec);
  const timeoutMs = timeoutOf(spec);
  const deadlineMs = clock.nowMs() + timeoutMs;
  const target = {
    url: spec.url,
    method: (spec.method || 'GET').toUpperCase(),
    signal,
    timeoutMs,
    ...(spec.insecure === true ? { tls: { insecure: true } } : {}),
  };
  const tokens = { http, clock, request: target, hide };
  const authorization = oauth2 === undefined ? undefined : await oauth2Authorization(oauth2, tokens);
  const request: HttpRequest = {
    ...target,
    timeoutMs: Math.max(0, deadlineMs - clock.nowMs()),
    headers: headersOf(spec, basic, authorization),
    ...(body === undefined ? {} : { body }),
  };
  const response = await http.request(request);
  if (oauth2 !== undefined && response.status === 401) forgetToken(oauth2, tokens);
  return response;
}

/** The reference refuses a body for GET only; it asks of no other method whether it takes one. */
function bodyOf({ body = '', jsonBody, method = '' }: WebMetric): string | undefined {
  if (body === '' && jsonBody === undefined) return undefined;
  if (body !== '' && jsonBody !== undefined) {
    throw new ProviderError(
      'invalidSpec',
      'use either Body or JSONBody; both cannot exists for WebMetric payload',
    );
  }
  if (method === '' || method === 'GET') {
    throw new ProviderError(
      'invalidSpec',
      'Body/JSONBody can only be used with POST or PUT WebMetric Method types',
    );
  }
  return jsonBody === undefined ? body : JSON.stringify(jsonBody);
}

/** Of headers with one name the last counts. A token replaces an `Authorization` of the spec, a password does not. */
function headersOf(
  { headers = [], jsonBody }: WebMetric,
  basic: string | undefined,
  token: string | undefined,
): Readonly<Record<string, string>> {
  const given = headers.reduce<Record<string, string>>(
    (all, { key, value }) => replaceHeaders(all, { [key]: value }),
    basic === undefined ? {} : { Authorization: basic },
  );
  return replaceHeaders(given, {
    ...(jsonBody === undefined ? {} : { 'Content-Type': 'application/json' }),
    ...(token === undefined ? {} : { Authorization: token }),
  });
}

function timeoutOf({ timeoutSeconds = 0 }: WebMetric): number {
  return timeoutSeconds > 0 ? timeoutSeconds * 1_000 : DEFAULT_TIMEOUT_MS;
}

function read(text: string, path: JsonPath): ValueReading {
  const parsed = parseGoJson(text);
  if (parsed.kind === 'notJson') return { kind: 'value', value: { type: 'string', value: text }, text };
  if (parsed.kind === 'tooDeep') {
    throw new ProviderError('badResponse', `response body is nested more than ${MAX_JSON_DEPTH} levels deep`);
  }
  return present(find(parsed.value, path)[0]);
}

function find(document: JsonValue, path: JsonPath): readonly PathValue[] {
  try {
    return path.find(document);
  } catch (error) {
    if (!(error instanceof PathError || error instanceof PathBudgetError)) throw error;
    throw new ProviderError('badResponse', `Could not find JSONPath in body: ${error.message}`, {
      cause: error,
    });
  }
}

/** A null at a path is a value; nothing found, or a body that is null as a whole, is no evidence. */
function present(found: PathValue | undefined): ValueReading {
  if (found === undefined) throw new ProviderError('badResponse', 'result of web metric produced no value');
  if (found === NO_VALUE) throw new ProviderError('badResponse', 'response body is null');
  if (found instanceof GoInteger)
    return { kind: 'value', value: integerOf(found), text: String(found.value) };
  const value: TypedValue = { type: 'json', value: found };
  return { kind: 'value', value, text: encodeGoJson(found) };
}

function integerOf({ type, value }: GoInteger): TypedValue {
  return { type, value: type === 'uint8' ? goByte(Number(value)) : value };
}
