import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createBucketArchive } from '../../service/archive/index.js';
import { ArchiveError, type RunArchive } from '../../service/engine/index.js';
import { systemClock } from '../../service/platform/index.js';
import { createEgressPolicy, createHttpClient, type HttpClient } from '../../service/providers/index.js';
import {
  type RecordingServer,
  type ScriptedResponse,
  startRecordingServer,
} from '../support/recording-server.js';
import { archivedRun } from './fixtures.js';

let server: RecordingServer;
let http: HttpClient;
let archive: RunArchive;
beforeEach(async () => {
  server = await startRecordingServer();
  http = createHttpClient({ egress: createEgressPolicy({ loopback: true }) });
  archive = createBucketArchive({
    ...{ endpoint: server.url, bucket: 'evidence', region: 'eu-test-1', prefix: '', http },
    clock: systemClock,
    credentials: () => Promise.resolve({ accessKeyId: 'me', secretAccessKey: 'hunter2' }),
  });
});
afterEach(async () => {
  http.close();
  await server.close();
});

/** What the archive says of such an answer to each of its requests. */
const toldOf = async (answer: ScriptedResponse): Promise<readonly string[]> => {
  server.answer([answer]);
  const asked = [archive.keep(archivedRun('a')), archive.forget('a', 'of-a'), archive.find('a')];
  const results = await Promise.allSettled(asked);
  return results.map((result) => {
    if (result.status === 'fulfilled') return 'resolved';
    expect(result.reason).toBeInstanceOf(ArchiveError);
    return (result.reason as Error).message;
  });
};

describe('what answers in the place of a bucket', () => {
  it('has kept nothing when it redirects to a page that takes any request', async () => {
    const login = { status: 200, headers: { 'Content-Type': 'text/html' }, body: '<html>log in</html>' };
    server.answer(({ target }) =>
      target.startsWith('/login')
        ? login
        : { status: 302, headers: { Location: 'https://me:hunter2@127.0.0.1:1/login?token=hunter2' } },
    );
    const asked = [archive.keep(archivedRun('a')), archive.forget('a', 'of-a'), archive.find('a')];
    for (const each of asked)
      await expect(each).rejects.toThrow(
        /^bucket evidence answered (?:PUT|GET) with 302 Found, which leads to https:\/\/127\.0\.0\.1:1\/login\?\[redacted\]: redirects are not followed; look at ASSAY_ARCHIVE_REGION and ASSAY_ARCHIVE_ENDPOINT$/,
      );
    expect(server.requests).toHaveLength(3);
  });

  it.each([301, 307])('is told with the region that the bucket has instead: %i', async (status) => {
    const headers = { Location: '/elsewhere', 'x-amz-bucket-region': 'eu-north-1' };
    const body = '<Error><Code>PermanentRedirect</Code></Error>';
    for (const told of await toldOf({ status, headers, body }))
      expect(told).toMatch(
        new RegExp(
          `with ${status} \\w+ \\w+ \\(PermanentRedirect\\), which leads to ${server.url}/elsewhere: redirects are not followed; the bucket is in the region eu-north-1: set ASSAY_ARCHIVE_REGION$`,
        ),
      );
  });

  it('is no bucket when its answers of 200 are none that a bucket gives', async () => {
    const page = { status: 200, headers: { 'Content-Type': 'text/html' }, body: '<html>welcome</html>' };
    const hint = 'so it is no S3 server: look at ASSAY_ARCHIVE_ENDPOINT';
    expect(await toldOf(page)).toEqual([
      `bucket evidence answered PUT without an ETag, ${hint}`,
      `bucket evidence answered PUT without an ETag, ${hint}`,
      `bucket evidence answered GET without a list of keys, ${hint}`,
    ]);
  });
});
