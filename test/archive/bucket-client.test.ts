import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createBucketArchive } from '../../service/archive/index.js';
import { ArchiveDamagedError, ArchiveError, type RunArchive } from '../../service/engine/index.js';
import { createLog, systemClock } from '../../service/platform/index.js';
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
let warned: string[];
beforeEach(async () => {
  server = await startRecordingServer();
  http = createHttpClient({ egress: createEgressPolicy({ loopback: true }) });
  warned = [];
  archive = createBucketArchive({
    log: createLog({ level: 'warn', destination: { write: (line) => void warned.push(line) } }),
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

describe('objects of a bucket that are damaged', () => {
  const keyOf = (version: number): string => `runs/a/001700000000000-of-a-0000000${version}.json`;
  const serve = (objects: Readonly<Record<string, string>>): void => {
    const keys = Object.keys(objects).map((key) => `<Contents><Key>${key}</Key></Contents>`);
    server.answer(({ target }) => ({
      body: target.includes('list-type')
        ? `<ListBucketResult>${keys.join('')}</ListBucketResult>`
        : (objects[target.replace('/evidence/', '')] ?? ''),
    }));
  };

  it('are left out, and told of once', async () => {
    serve({ [keyOf(0)]: JSON.stringify(archivedRun('a')), [keyOf(1)]: '{"id":' });
    for (let look = 0; look < 2; look++) expect(await archive.find('a')).toEqual(archivedRun('a'));
    expect(warned).toHaveLength(1);
    expect(JSON.parse(warned[0] ?? '')).toMatchObject({ path: `bucket evidence/${keyOf(1)}` });
  });

  it('are not made up for by a run that had the id before', async () => {
    const older = keyOf(0).replace('001700000000000', '001600000000000').replace('of-a', 'before');
    serve({ [older]: JSON.stringify(archivedRun('a', { incarnation: 'before' })), [keyOf(1)]: '{"id":' });
    await expect(archive.find('a')).rejects.toThrow(
      new ArchiveDamagedError(`what was kept of the run "a" is damaged: bucket evidence/${keyOf(1)}`),
    );
  });

  it('are told as damaged when nothing else is left, after a few of them were read', async () => {
    const one = JSON.stringify(archivedRun('b'));
    serve(Object.fromEntries([1, 2, 3, 4, 5, 6, 7, 8].map((version) => [keyOf(version), one])));
    await expect(archive.find('a')).rejects.toThrow(
      new ArchiveDamagedError(
        `what was kept of the run "a" is damaged: ${[8, 7, 6].map((version) => `bucket evidence/${keyOf(version)}`).join(', ')} and 2 more`,
      ),
    );
    expect(server.requests).toHaveLength(6);
  });
});
