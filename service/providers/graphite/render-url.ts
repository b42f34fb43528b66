import { posix } from 'node:path';
import { ProviderError } from '../provider-error.js';
import { redactUrl } from '../redact.js';
import { isGoUrl } from './go-url.js';

/**
 * The URL of a render request: `render` below the path of the address, and the fields of `query` with `format=json`.
 * All white space of the query is dropped, so that it may be written over several lines.
 * @throws ProviderError (`invalidSpec`) with the reference's words when the address is no URL
 */
export function renderUrl(address: string, query: string): string {
  if (address === '' || !isGoUrl(address)) {
    throw new ProviderError('invalidSpec', `Graphite address ${redactUrl(address)} is not a valid URL`);
  }
  const [, server = '', path = ''] = /^([A-Za-z][A-Za-z0-9+.-]*:\/\/[^/?#]*)?([^?#]*)/.exec(address) ?? [];
  const fields = [...fieldsOf(query.replace(/[\t\n\f\r ]+/g, '')), FORMAT];
  return `${server}${posix.join('/', path, 'render')}?${encode(fields)}`;
}

/** Name and value, each a string of bytes: Go keeps what is no UTF-8. */
type Field = readonly [name: string, value: string];

const FORMAT: Field = ['format', 'json'];

/** As Go's ParseQuery, whose errors the reference does not look at: a field that can not be read is dropped. */
function fieldsOf(query: string): readonly Field[] {
  if (/[\u0000-\u001f\u007f]/.test(query))
    throw new ProviderError('invalidSpec', 'the query has control characters');
  const [written = ''] = query.split('#', 1);
  return written
    .split('&')
    .filter((field) => field !== '' && !/;|%(?![0-9a-f]{2})/i.test(field))
    .map((field): Field => {
      const [name = '', ...value] = field.split('=');
      return [unescapeField(name), unescapeField(value.join('='))];
    })
    .filter(([name]) => name !== 'format');
}

const unescapeField = (text: string): string =>
  Buffer.from(text, 'utf8')
    .toString('latin1')
    .replaceAll('+', ' ')
    .replace(/%([0-9a-f]{2})/gi, (_all, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));

/** As Go's Encode: by name, the values of a name in the order in which they were. */
const encode = (fields: readonly Field[]): string =>
  fields
    .toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([name, value]) => `${escapeField(name)}=${escapeField(value)}`)
    .join('&');

const escapeField = (bytes: string): string =>
  bytes.replace(/[^A-Za-z0-9\-_.~]/g, (byte) =>
    byte === ' ' ? '+' : `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  );
