import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BucketArchiveOptions, createBucketArchive, openArchive } from '../../service/archive/index.js';
import { ArchiveDamagedError, ArchiveError, type RunArchive } from '../../service/engine/index.js';
import { createLog, loadConfig, systemClock } from '../../service/platform/index.js';
import { createEgressPolicy, createHttpClient, type HttpClient } from '../../service/providers/index.js';
import { startBucket, type TestBucket } from '../support/bucket.js';
import { archivedRun } from './fixtures.js';

let server: TestBucket;
let http: HttpClient;
beforeAll(async () => {
  http = createHttpClient({ egress: createEgressPolicy({ loopback: true }) });
  server = await startBucket();
});
afterAll(async () => {
  http.close();
  await server.stop();
});

const open = (options: Partial<BucketArchiveOptions> = {}): RunArchive => {
  const { endpoint, bucket, region, accessKeyId, secretAccessKey } = server;
  return createBucketArchive({
    ...{ endpoint, bucket, region, http, prefix: 'assay/', clock: systemClock },
    log: createLog({ level: 'silent' }),
    credentials: () => Promise.resolve({ accessKeyId, secretAccessKey }),
    ...options,
  });
};

describe('an archive in a bucket of a real S3 server', () => {
  it('finds what it keeps, and by another process', async () => {
    const archive = open();
    expect(await archive.find('a')).toBeUndefined();
    await archive.keep(archivedRun('a', { requestedBy: 'ci' }));
    await archive.keep(archivedRun('a.b_c'));
    expect(await open().find('a')).toEqual(archivedRun('a', { requestedBy: 'ci' }));
    expect(await open().find('a.b_c')).toEqual(archivedRun('a.b_c'));
    const keys = await readdir(join(server.folder, 'assay/runs/a'));
    expect(keys).toEqual(['001700000000000-of-a-00000000.json']);
    const text = await readFile(join(server.folder, 'assay/runs/a', keys[0] ?? ''), 'utf8');
    expect(JSON.parse(text)).toMatchObject({ id: 'a', run: { status: { verdict: 'promote' } } });
  });

  it('answers with what was kept last of a run, and overwrites nothing', async () => {
    const archive = open();
    await archive.keep(archivedRun('b', { version: 12, archivedAt: 'second' }));
    await archive.keep(archivedRun('b', { version: 3, archivedAt: 'first' }));
    expect((await archive.find('b'))?.archivedAt).toBe('second');
    await archive.keep(archivedRun('b', { incarnation: 'x-later_1', createdAtMs: 1_800_000_000_000 }));
    expect((await archive.find('b'))?.incarnation).toBe('x-later_1');
    expect(await readdir(join(server.folder, 'assay/runs/b'))).toHaveLength(3);
  });

  it('answers with what was kept last of more than a server lists at once', async () => {
    const archive = open();
    await archive.keep(archivedRun('many', { archivedAt: 'first' }));
    const folder = join(server.folder, 'assay/runs/many');
    const [first = ''] = await readdir(folder);
    const text = await readFile(join(folder, first), 'utf8');
    for (let version = 1; version <= 2_100; version++) {
      const name = first.replace(/\d{8}\.json$/, `${String(version).padStart(8, '0')}.json`);
      await writeFile(join(folder, name), text.replace('"first"', `"${version}"`));
    }
    expect((await archive.find('many'))?.archivedAt).toBe('2100');
    await archive.forget('many', 'of-many');
    expect(await archive.find('many')).toBeUndefined();
  });

  it('says which object can not be read', async () => {
    const archive = open();
    await archive.keep(archivedRun('broken'));
    const folder = join(server.folder, 'assay/runs/broken');
    const [name = ''] = await readdir(folder);
    await writeFile(join(folder, name), '{"id":');
    await expect(archive.find('broken')).rejects.toThrow(
      new ArchiveDamagedError(
        `what was kept of the run "broken" is damaged: bucket evidence/assay/runs/broken/${name}`,
      ),
    );
  });

  it('does not find a run that was forgotten, even if it is kept only afterwards', async () => {
    const archive = open();
    await archive.forget('c', 'of-c');
    await archive.keep(archivedRun('c'));
    expect(await archive.find('c')).toBeUndefined();
    expect(await readdir(join(server.folder, 'assay/runs/c'))).toHaveLength(2);
  });

  it('takes any id and text, and keeps no credential of a spec', async () => {
    const archive = open();
    const id = 'ü/../x y?&+ %2e';
    const { run } = archivedRun(id);
    const args = [{ name: 'password', value: 'hunter2' }];
    const kept = archivedRun(id, { run: { ...run, spec: { ...run.spec, args } }, requestedBy: 'größe <&>' });
    await archive.keep(kept);
    const found = await archive.find(id);
    expect(found?.requestedBy).toBe('größe <&>');
    expect(found?.run.spec.args).toEqual([{ name: 'password', value: '[redacted]' }]);
  });

  it('says in its own words why it can not be used, without the secret and what the server said', async () => {
    const wrongSecret = { accessKeyId: server.accessKeyId, secretAccessKey: 'hunter2' };
    const refused = open({ credentials: () => Promise.resolve(wrongSecret) });
    await expect(refused.keep(archivedRun('d'))).rejects.toThrow(
      'bucket evidence answered PUT with 403 Forbidden (SignatureDoesNotMatch)',
    );
    const missing = open({ bucket: 'nobodys' });
    await expect(missing.find('d')).rejects.toThrow(
      'bucket nobodys answered GET with 404 Not Found (NoSuchBucket)',
    );
    const poor = open({ credentials: () => Promise.resolve(undefined) });
    await expect(poor.find('d')).rejects.toThrow('there are no AWS credentials');
    await server.goAway();
    try {
      await expect(open().keep(archivedRun('d'))).rejects.toThrow(ArchiveError);
      await expect(open().find('d')).rejects.toThrow(/bucket evidence: .*connection refused/);
    } finally {
      await server.comeBack();
    }
    await open().keep(archivedRun('d'));
    expect(await open().find('d')).toBeDefined();
  });

  it('is what the settings say, with the credentials of the environment', async () => {
    const env = {
      ASSAY_ARCHIVE_BUCKET: `s3://${server.bucket}/from/settings/`,
      ASSAY_ARCHIVE_ENDPOINT: server.endpoint,
      ASSAY_ARCHIVE_REGION: server.region,
      AWS_ACCESS_KEY_ID: server.accessKeyId,
      AWS_SECRET_ACCESS_KEY: server.secretAccessKey,
    };
    const { config } = loadConfig({ env });
    const archive = openArchive(config, { env, clock: systemClock, log: createLog({ level: 'silent' }) });
    await archive?.keep(archivedRun('a'));
    expect(await archive?.find('a')).toBeDefined();
    expect(await readdir(join(server.folder, 'from/settings/runs/a'))).toHaveLength(1);
    await archive?.close();
  });
});
