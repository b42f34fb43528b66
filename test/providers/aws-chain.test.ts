import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { chainCredentials } from '../../service/providers/auth/aws-chain.js';
import type { AwsCredentialsSource } from '../../service/providers/auth/aws-credentials.js';
import { createEgressPolicy } from '../../service/providers/http/egress.js';
import { createHttpClient } from '../../service/providers/http/http-client.js';
import type { Timers } from '../../service/platform/index.js';
import type { HttpClient } from '../../service/providers/index.js';
import { type RecordingServer, startRecordingServer } from '../support/recording-server.js';

const folder = mkdtempSync(join(tmpdir(), 'assay-aws-'));
const ROLE = 'arn:aws:iam::123456789012:role/reader';
const REGION = 'eu-central-1';
const ENDS = '2099-01-01T00:00:00Z';
const KEYS = { AWS_ACCESS_KEY_ID: 'envid', AWS_SECRET_ACCESS_KEY: 'envsecret' };
let server: RecordingServer;
let http: HttpClient;
let nowMs = 0;

beforeAll(async () => {
  server = await startRecordingServer();
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});
beforeEach(() => {
  http = createHttpClient({ egress: createEgressPolicy({ loopback: true }) });
  nowMs = Date.parse('2026-11-25T00:00:00Z');
  // The library reads these itself; nothing of the machine that runs the tests may shine through.
  for (const name of ['AWS_PROFILE', 'AWS_ROLE_ARN', 'AWS_WEB_IDENTITY_TOKEN_FILE', ...Object.keys(KEYS)])
    vi.stubEnv(name, undefined);
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
  vi.stubEnv(
    'AWS_SHARED_CREDENTIALS_FILE',
    file('credentials', '[team]\naws_access_key_id = teamid\naws_secret_access_key = teamsecret\n'),
  );
  vi.stubEnv('AWS_CONFIG_FILE', file('config', ''));
});
afterEach(() => {
  vi.unstubAllEnvs();
  http.close();
});

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}
const source = (env: Readonly<Record<string, string>> = {}): AwsCredentialsSource =>
  chainCredentials({ env, http, clock: { nowMs: () => nowMs }, stsEndpoint: server.url });
const assumed = (operation: string): string =>
  `<${operation}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><${operation}Result><Credentials>` +
  `<AccessKeyId>roleid</AccessKeyId><SecretAccessKey>rolesecret</SecretAccessKey><SessionToken>roletoken</SessionToken>` +
  `<Expiration>${ENDS}</Expiration></Credentials></${operation}Result></${operation}Response>`;
const OF_ROLE = { accessKeyId: 'roleid', secretAccessKey: 'rolesecret', sessionToken: 'roletoken' };

describe('the chain of AWS credentials', () => {
  it('begins with the environment, which needs no request', async () => {
    server.answer([]);
    expect(await source(KEYS)({ region: REGION })).toEqual({
      accessKeyId: 'envid',
      secretAccessKey: 'envsecret',
    });
    expect(server.requests).toEqual([]);
  });

  it('takes the profile that is asked for, and not the environment', async () => {
    expect(await source(KEYS)({ region: REGION, profile: 'team' })).toEqual({
      accessKeyId: 'teamid',
      secretAccessKey: 'teamsecret',
    });
    await expect(source(KEYS)({ region: REGION, profile: 'nobody' })).rejects.toMatchObject({
      code: 'unauthorized',
    });
  });

  it('assumes a role with the credentials of the environment, through the shared client', async () => {
    server.answer([{ body: assumed('AssumeRole'), headers: { 'Content-Type': 'text/xml' } }]);
    expect(await source(KEYS)({ region: REGION, roleArn: ROLE })).toEqual(OF_ROLE);
    const [request] = server.requests;
    const form = Object.fromEntries(new URLSearchParams(request?.body));
    expect(form).toMatchObject({ Action: 'AssumeRole', RoleArn: ROLE, RoleSessionName: 'assay' });
    expect(request?.headers['authorization']).toContain(`Credential=envid/`);
    expect(request?.headers['authorization']).toContain(`/${REGION}/sts/aws4_request`);
  });

  it('takes the web identity that Kubernetes mounts (IRSA), through the shared client', async () => {
    vi.stubEnv('AWS_ROLE_ARN', ROLE);
    vi.stubEnv('AWS_WEB_IDENTITY_TOKEN_FILE', file('token', 'mounted-token'));
    server.answer([{ body: assumed('AssumeRoleWithWebIdentity'), headers: { 'Content-Type': 'text/xml' } }]);
    expect(await source()({ region: REGION })).toEqual(OF_ROLE);
    expect(Object.fromEntries(new URLSearchParams(server.requests[0]?.body))).toMatchObject({
      Action: 'AssumeRoleWithWebIdentity',
      WebIdentityToken: 'mounted-token',
    });
  });

  it('takes the credentials of a container (Pod Identity, ECS)', async () => {
    vi.stubEnv('AWS_CONTAINER_CREDENTIALS_FULL_URI', `${server.url}/v1/credentials`);
    vi.stubEnv('AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE', file('pod-token', 'pod-token'));
    const answer = {
      AccessKeyId: 'podid',
      SecretAccessKey: 'podsecret',
      Token: 'podtoken',
      Expiration: ENDS,
    };
    server.answer([{ body: JSON.stringify(answer) }]);
    expect(await source()({ region: REGION })).toEqual({
      accessKeyId: 'podid',
      secretAccessKey: 'podsecret',
      sessionToken: 'podtoken',
    });
    expect(server.requests[0]?.headers['authorization']).toBe('pod-token');
  });

  it('asks once for simultaneous measurements, and again five minutes before the end', async () => {
    server.answer([{ body: assumed('AssumeRole') }]);
    const find = source(KEYS);
    const identity = { region: REGION, roleArn: ROLE };
    await Promise.all([find(identity), find(identity)]);
    nowMs = Date.parse(ENDS) - 5 * 60_000 - 1;
    await find(identity);
    expect(server.requests).toHaveLength(1);
    nowMs += 1;
    await find(identity);
    await expect.poll(() => server.requests.length).toBe(2);
  });

  it('keeps credentials that can not be renewed until they end', async () => {
    server.answer([{ body: assumed('AssumeRole') }]);
    const find = source(KEYS);
    const identity = { region: REGION, roleArn: ROLE };
    await find(identity);
    server.answer([{ status: 403, body: '<ErrorResponse/>' }]);
    for (nowMs = Date.parse(ENDS) - 60_000; nowMs < Date.parse(ENDS); nowMs += 20_000)
      expect(await find(identity)).toEqual(OF_ROLE);
    await expect.poll(() => server.requests.length).toBeGreaterThan(0);
    nowMs = Date.parse(ENDS) + 60_000;
    await expect(find(identity)).rejects.toMatchObject({ code: 'unauthorized' });
  });

  it('are given up after 20 s when a process of the shared configuration hangs, and others go on', async () => {
    const hang = `[profile stuck]\ncredential_process = sleep 5\nregion = ${REGION}\n`;
    vi.stubEnv('AWS_CONFIG_FILE', file('config', hang));
    let late: (() => void) | undefined;
    const timers: Timers = {
      set(action, delayMs) {
        expect(delayMs).toBe(20_000);
        late = action;
        return () => undefined;
      },
    };
    const find = chainCredentials({ env: KEYS, http, clock: { nowMs: () => nowMs }, timers });
    const stuck = find({ region: REGION, profile: 'stuck' });
    expect(late).toBeDefined();
    late?.();
    await expect(stuck).rejects.toMatchObject({
      code: 'timeout',
      message: 'AWS credentials were not found within 20 s',
    });
    expect(await find({ region: REGION })).toMatchObject({ accessKeyId: 'envid' });
  });

  it('is an error when nothing gives any, and remembered for five seconds only', async () => {
    const find = source();
    await expect(find({ region: REGION })).rejects.toThrow('Could not load credentials from any providers');
    vi.stubEnv('AWS_PROFILE', 'team');
    await expect(find({ region: REGION })).rejects.toMatchObject({ code: 'unauthorized' });
    nowMs += 5_000;
    expect(await find({ region: REGION })).toMatchObject({ accessKeyId: 'teamid' });
  });

  it('keeps the rules of the shared client for the token service', async () => {
    http.close();
    http = createHttpClient({ egress: createEgressPolicy({ loopback: false }) });
    server.answer([{ body: assumed('AssumeRole') }]);
    await expect(source(KEYS)({ region: REGION, roleArn: ROLE })).rejects.toThrow('egress denied: 127.0.0.1');
    expect(server.requests).toEqual([]);
  });

  it.each([
    [{ region: 'eu.evil.example/' }, '"eu.evil.example/" is no AWS region'],
    [{ region: REGION, profile: 'a\nb' }, String.raw`"a\nb" is no name of an AWS profile`],
    [{ region: REGION, roleArn: 'reader' }, '"reader" is no ARN of an IAM role'],
  ])('refuses %j', async (identity, message) => {
    await expect(source(KEYS)(identity)).rejects.toMatchObject({
      code: 'invalidSpec',
      message: expect.stringContaining(message) as string,
    });
  });
});
