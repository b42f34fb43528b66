import { createHash } from 'node:crypto';
import { ArchiveError } from '../../engine/index.js';
import type { Clock } from '../../platform/index.js';
import {
  type AwsCredentialsSource,
  type HttpClient,
  type HttpResponse,
  ProviderError,
  signAws,
} from '../../providers/index.js';
import { refusalText } from './refusal.js';

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

/** A bucket of S3, or of a server that speaks it. Keys are of unreserved characters and `/`. Rejects with ArchiveError, also when what answers is no S3 server. */
export interface BucketClient {
  put(key: string, body: string): Promise<void>;
  get(key: string): Promise<string>;
  /** Keys that begin with `prefix`, in order. */
  list(prefix: string): Promise<readonly string[]>;
}

const TIMEOUT_MS = 15_000;

/** See {@link BucketClient}. */
export function createBucketClient(options: BucketClientOptions): BucketClient {
  const { bucket, region, credentials, http, clock } = options;
  const base = baseUrl(options);

  const ask = async (method: 'GET' | 'PUT', path: string, body = ''): Promise<HttpResponse> => {
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
      // Followed, the page that a proxy or a login answers with would be taken for the bucket's.
      noRedirects: true,
    });
    if (response.status >= 200 && response.status < 300) return response;
    throw new ArchiveError(`bucket ${bucket} answered ${method} with ${refusalText(response, url.href)}`);
  };
  /** An answer of 2xx that no S3 server gives: something else answers in its place. */
  const noneOfS3 = (method: string, missing: string): ArchiveError =>
    new ArchiveError(
      `bucket ${bucket} answered ${method} without ${missing}, so it is no S3 server: look at ASSAY_ARCHIVE_ENDPOINT`,
    );
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
      const { headers } = await asked('PUT', key, body);
      if (headers['etag'] === undefined) throw noneOfS3('PUT', 'an ETag');
    },
    get: async (key) => (await asked('GET', key)).text(),
    async list(prefix) {
      const keys: string[] = [];
      // A server answers with a thousand keys at most.
      for (let after = ''; ; ) {
        const response = await asked('GET', `?list-type=2&prefix=${encodeURIComponent(prefix)}${after}`);
        const text = response.text();
        if (!text.includes('<ListBucketResult')) throw noneOfS3('GET', 'a list of keys');
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
