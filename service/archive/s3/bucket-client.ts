import { createHash } from 'node:crypto';
import { ArchiveError } from '../../engine/index.js';
import type { Clock } from '../../platform/index.js';
import { type AwsCredentialsSource, type HttpClient, ProviderError, signAws } from '../../providers/index.js';

/** What {@link createBucketClient} needs. */
export interface BucketClientOptions {
  readonly bucket: string;
  readonly region: string;
  /** Of a server that speaks S3; absent: AWS' own for the region. */
  readonly endpoint?: string;
  readonly credentials: AwsCredentialsSource;
  readonly http: HttpClient;
  readonly clock: Clock;
}

/** A bucket of S3, or of a server that speaks it. Keys are of unreserved characters and `/`. Rejects with ArchiveError. */
export interface BucketClient {
  put(key: string, body: string): Promise<void>;
  get(key: string): Promise<string>;
  /** Keys that begin with `prefix`, in order. */
  list(prefix: string): Promise<readonly string[]>;
}

const TIMEOUT_MS = 15_000;
/** Characters of an error's body that are looked at for its code, which is all that is shown of it. */
const ERROR_CHARACTERS = 4_096;

/** See {@link BucketClient}. */
export function createBucketClient(options: BucketClientOptions): BucketClient {
  const { bucket, region, credentials, http, clock } = options;
  const base = baseUrl(options);

  const ask = async (method: 'GET' | 'PUT', path: string, body = ''): Promise<string> => {
    const url = new URL(`${base}/${path}`);
    const known = await credentials({ region });
    if (known === undefined)
      throw new ArchiveError(`bucket ${bucket}: there are no AWS credentials to ask it with`);
    const headers = {
      'X-Amz-Content-Sha256': createHash('sha256').update(body).digest('hex'),
      ...(method === 'PUT' ? { 'Content-Type': 'application/json' } : {}),
    };
    const signature = signAws(
      { method, url, headers, body },
      { region, service: 's3', credentials: known, nowMs: clock.nowMs() },
    );
    const response = await http.request({
      ...{ method, url: url.href, timeoutMs: TIMEOUT_MS, signal: new AbortController().signal },
      headers: { ...headers, ...signature },
      ...(method === 'PUT' ? { body } : {}),
    });
    const text = response.text();
    if (response.status >= 200 && response.status < 300) return text;
    const code = /<Code>(\w{1,64})<\/Code>/.exec(text.slice(0, ERROR_CHARACTERS))?.[1];
    const reason = `${response.status} ${response.statusText}${code === undefined ? '' : ` (${code})`}`;
    throw new ArchiveError(`bucket ${bucket} answered ${reason} to ${method}`);
  };
  const asked: typeof ask = async (method, path, body) => {
    try {
      return await ask(method, path, body);
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error;
      throw new ArchiveError(`bucket ${bucket}: ${error.message}`, { cause: error });
    }
  };

  return {
    async put(key, body) {
      await asked('PUT', key, body);
    },
    get: (key) => asked('GET', key),
    async list(prefix) {
      const keys: string[] = [];
      // A server answers with a thousand keys at most.
      for (let after = ''; ; ) {
        const text = await asked('GET', `?list-type=2&prefix=${encodeURIComponent(prefix)}${after}`);
        keys.push(...[...text.matchAll(/<Key>([^<]*)<\/Key>/g)].map(([, key = '']) => key));
        if (!/<IsTruncated>\s*true\s*</.test(text)) return keys;
        const token = /<NextContinuationToken>([^<]+)</.exec(text)?.[1];
        if (token === undefined)
          throw new ArchiveError(`bucket ${bucket} gave a part of a list, and not how it goes on`);
        after = `&continuation-token=${encodeURIComponent(unescaped(token))}`;
      }
    },
  };
}

/** A text of XML. */
const unescaped = (text: string): string =>
  text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&apos;', "'")
    .replaceAll('&amp;', '&');

/** Path style for servers by address, and for names with dots, which certificates of AWS do not cover. */
function baseUrl({ bucket, region, endpoint }: BucketClientOptions): string {
  if (endpoint !== undefined) return `${endpoint.replace(/\/+$/, '')}/${bucket}`;
  const host = `s3.${region}.amazonaws.com`;
  return bucket.includes('.') ? `https://${host}/${bucket}` : `https://${bucket}.${host}`;
}
