import { createHash, createHmac } from 'node:crypto';
import type { AwsCredentials } from './aws-credentials.js';

/** What is signed. */
export interface SignedRequest {
  readonly method: string;
  readonly url: URL;
  /** Headers to sign, beside `host`, the date and the session token. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

/** For whom it is signed. */
export interface SigningScope {
  readonly region: string;
  /** E.g. `aps`. */
  readonly service: string;
  readonly credentials: AwsCredentials;
  readonly nowMs: number;
}

/**
 * Headers that sign a request with AWS signature version 4, to be sent with the signed ones: `Authorization`,
 * `X-Amz-Date`, and `X-Amz-Security-Token` with temporary credentials.
 */
export function signAws(request: SignedRequest, scope: SigningScope): Record<string, string> {
  const { region, service, credentials, nowMs } = scope;
  const timestamp = new Date(nowMs).toISOString().replace(/[-:]|\.\d+/g, '');
  const added = {
    'X-Amz-Date': timestamp,
    ...(credentials.sessionToken === undefined ? {} : { 'X-Amz-Security-Token': credentials.sessionToken }),
  };
  const headers = Object.entries({ ...request.headers, ...added, Host: request.url.host })
    .map(([name, value]) => [name.toLowerCase(), value.trim().replace(/ +/g, ' ')] as const)
    .sort(byName);
  const names = headers.map(([name]) => name).join(';');
  const canonical = [
    request.method,
    canonicalPath(request.url),
    canonicalQuery(request.url),
    ...headers.map(([name, value]) => `${name}:${value}`),
    '',
    names,
    sha256(request.body),
  ].join('\n');

  const date = timestamp.slice(0, 8);
  const place = `${date}/${region}/${service}/aws4_request`;
  const toSign = ['AWS4-HMAC-SHA256', timestamp, place, sha256(canonical)].join('\n');
  const key = [date, region, service, 'aws4_request'].reduce<string | Buffer>(
    (secret, part) => hmac(secret, part),
    `AWS4${credentials.secretAccessKey}`,
  );
  const signature = hmac(key, toSign).toString('hex');
  return {
    ...added,
    Authorization: `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/${place}, SignedHeaders=${names}, Signature=${signature}`,
  };
}

/** The path as sent, encoded once more: the rule for every service but S3. */
const canonicalPath = (url: URL): string =>
  url.pathname
    .split('/')
    .map((part) => encode(part))
    .join('/');

const canonicalQuery = (url: URL): string =>
  [...url.searchParams]
    .map(([name, value]) => [encode(name), encode(value)] as const)
    .sort((a, b) => byName(a, b) || byText(a[1], b[1]))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');

/** RFC 3986: all but unreserved characters are encoded. */
const encode = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
const byName = (a: readonly [string, string], b: readonly [string, string]): number => byText(a[0], b[0]);
const sha256 = (data: string | Uint8Array): string => createHash('sha256').update(data).digest('hex');
const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();
