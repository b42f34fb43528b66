import { cbor } from '@smithy/core/cbor';
import { isDeepStrictEqual } from 'node:util';
import type { RecordedRequest } from '../support/recording-server.js';
import { isRecord } from './judge.js';

/** Headers with credentials, which must be there exactly when the recording has them. */
const CREDENTIALS = /^(authorization|cookie)$|api-?key|auth|token|secret/i;

/**
 * A request that came in, in the form of the recording, for comparison: only what the recording tells, and any header
 * with credentials that it does not have.
 */
export function likeRecorded(request: RecordedRequest, recorded: unknown): unknown {
  const wanted = isRecord(recorded) ? recorded : {};
  const url = new URL(request.target, 'http://host');
  const wantedHeaders = isRecord(wanted['headers']) ? wanted['headers'] : {};
  return {
    method: request.method,
    scheme: request.scheme,
    path: request.target.split('?', 1)[0],
    query: fieldsOf(url.searchParams),
    headers: headersOf(request.headers, wantedHeaders),
    ...bodyOf(request, wanted),
  };
}

function headersOf(
  headers: Readonly<Record<string, string>>,
  wanted: Readonly<Record<string, unknown>>,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers)
      .filter(([name, value]) => name in wanted || (CREDENTIALS.test(name) && value !== ''))
      .map(([name, value]) => [name, maskSignature(value, wanted[name])]),
  );
}

/** A signature depends on the port of the server, so only its form can be compared. */
function maskSignature(value: string, wanted: unknown): string {
  const isMasked = typeof wanted === 'string' && wanted.includes('Signature=<64 hex>');
  return isMasked ? value.replace(/Signature=[0-9a-f]{64}$/, 'Signature=<64 hex>') : value;
}

function bodyOf(
  { body, bytes }: RecordedRequest,
  wanted: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  if ('cbor' in wanted) return { cbor: plainCbor(cbor.deserialize(bytes)) };
  if ('form' in wanted) return { form: fieldsOf(new URLSearchParams(body)) };
  if ('json' in wanted && body !== '') {
    return { json: alike(JSON.parse(body), wanted['json']) };
  }
  return 'body' in wanted || body !== '' ? { body } : {};
}

/** A time as the recording has it: with a placeholder, and so as a text, where the body has a number. */
const TIME = /^\d{10,}$/;

/** JSON with what the recording does not fix as it is there: times, and the order of Datadog's queries. */
function alike(json: unknown, wanted: unknown): unknown {
  if (typeof json === 'number')
    return typeof wanted === 'string' && TIME.test(wanted) && String(json) === wanted ? wanted : json;
  if (Array.isArray(json)) {
    const list = Array.isArray(wanted) ? wanted : [];
    return json.map((item: unknown, index): unknown => alike(item, list[index]));
  }
  if (!isRecord(json)) return json;
  const record = isRecord(wanted) ? wanted : {};
  return Object.fromEntries(
    Object.entries(json).map(([name, value]) => [
      name,
      alike(name === 'queries' ? inOrderOf(value, record[name]) : value, record[name]),
    ]),
  );
}

function inOrderOf(list: unknown, wanted: unknown): unknown {
  if (!Array.isArray(list) || !Array.isArray(wanted)) return list;
  const place = (item: unknown): number => wanted.findIndex((each) => isDeepStrictEqual(each, item));
  return list.toSorted((a, b) => place(a) - place(b));
}

/** What CBOR said, in the form of the recording: a time as `{$timestamp}` with its number as text. */
function plainCbor(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plainCbor);
  if (!isRecord(value)) return value;
  if (value['tag'] === 1 && 'value' in value) return { $timestamp: String(value['value']) };
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, plainCbor(member)]));
}

/** Names and values, a list where a name repeats. */
function fieldsOf(params: URLSearchParams): Record<string, string | string[]> {
  return Object.fromEntries(
    [...new Set(params.keys())].map((name) => {
      const values = params.getAll(name);
      return [name, values.length === 1 ? (values[0] ?? '') : values];
    }),
  );
}
