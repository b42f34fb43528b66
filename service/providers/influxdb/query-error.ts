import { parseFirstGoJson } from '../go-json.js';
import type { HttpResponse } from '../http/http.js';
import { codeOfStatus } from '../http/status.js';
import { ProviderError } from '../provider-error.js';

/** Characters of a server's text that the message shows. */
const MAX_SHOWN = 4_096;

/** What a server may say of an error by status alone. */
const BARE: Readonly<Record<number, readonly [code: string, message: string]>> = {
  429: ['too many requests', 'exceeded rate limit'],
  503: ['unavailable', 'service temporarily unavailable'],
};

/** The error of an answer outside 2xx, in the words of InfluxDB's client. */
export function queryError(response: HttpResponse): ProviderError {
  return new ProviderError(codeOfStatus(response.status), errorTextOf(response).slice(0, MAX_SHOWN));
}

function errorTextOf(response: HttpResponse): string {
  const { status, statusText, headers } = response;
  const statusLine = `${status} ${statusText}`.trimEnd();
  const isJson = /^\s*application\/json\s*(;|$)/i.test(headers['content-type'] ?? '');
  const told = isJson ? jsonError(response.text()) : { code: statusLine, message: response.text() };
  if (told === undefined) return `${statusLine}: the answer is not the JSON of an error`;
  const isBare = told.code === '' && told.message === '';
  const [code, message] = isBare
    ? (BARE[status] ?? [statusLine, headers['x-influxdb-error'] ?? ''])
    : [told.code, told.message];
  // As the client has it, one of the two alone is not shown. The answer is shown beside the message.
  if (code === '' || message === '') return `Unexpected status code ${status}`;
  return `${code}: ${message}`;
}

/** What an error in JSON says; texts are empty when they are not there. */
interface ToldError {
  readonly code: string;
  readonly message: string;
}

/** An error in JSON, of which the first value counts; undefined: it is none. */
function jsonError(text: string): ToldError | undefined {
  const parsed = parseFirstGoJson(text);
  if (parsed.kind !== 'json' || typeof parsed.value !== 'object' || Array.isArray(parsed.value))
    return undefined;
  // Go reads the names of members in any letter case; of several the last counts.
  const members = Object.entries(parsed.value ?? {});
  const member = (name: string): unknown =>
    members.findLast(([key]) => key.toLowerCase() === name)?.[1] ?? '';
  const [code, message] = [member('code'), member('message')];
  return typeof code === 'string' && typeof message === 'string' ? { code, message } : undefined;
}
