import { createHmac } from 'node:crypto';
import { exportJWK, generateKeyPair, type GenerateKeyPairResult, type JWK, SignJWT } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { TokenIssuer } from '../../../schemas/index.js';
import { readAccess } from '../../../service/api/auth/access-file.js';
import { createAuthenticate } from '../../../service/api/auth/authenticate.js';
import { createEgressPolicy, createHttpClient } from '../../../service/providers/index.js';
import { makeCertificate } from '../../support/certificates.js';
import { type RecordingServer, startRecordingServer } from '../../support/recording-server.js';

interface Signer {
  readonly kid: string;
  readonly jwk: JWK;
  readonly key: GenerateKeyPairResult['privateKey'];
}
const signer = async (kid: string, alg = 'RS256'): Promise<Signer> => {
  const { publicKey, privateKey } = await generateKeyPair(alg);
  return { kid, key: privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' } };
};

const NOW_MS = Date.UTC(2026, 10, 25);
let nowMs: number;
let server: RecordingServer;
let one: Signer;
let two: Signer;
beforeAll(async () => {
  server = await startRecordingServer();
  [one, two] = await Promise.all([signer('one'), signer('two')]);
});
afterAll(() => server.close());
beforeEach(() => {
  nowMs = NOW_MS;
  server.answer([{ status: 200, body: JSON.stringify({ keys: [one.jwk] }) }]);
});

const http = (loopback = true) => createHttpClient({ egress: createEgressPolicy({ loopback }) });
const authenticate = (fields: Partial<TokenIssuer> = {}, client = http()) => {
  const issuer = {
    name: 'ci',
    issuer: 'https://ci.example',
    jwksUrl: `${server.url}/keys`,
    audiences: ['assay'],
    rules: [{ match: [{ claim: 'repo', values: ['shop/app'] }], scopes: ['run'], namespaces: ['shop'] }],
    ...fields,
  };
  const access = readAccess(JSON.stringify({ oidc: [issuer] }), 'f');
  return createAuthenticate({ access: () => access, http: client, nowMs: () => nowMs });
};
const jwt = (by: Signer, claims: object = {}, header: object = {}) =>
  new SignJWT({
    ...{ iss: 'https://ci.example', aud: 'assay', sub: 'job-1', repo: 'shop/app' },
    ...{ iat: NOW_MS / 1_000, exp: NOW_MS / 1_000 + 600 },
    ...claims,
  })
    .setProtectedHeader({ alg: 'RS256', kid: by.kid, ...header })
    .sign(by.key);

describe('a token of an issuer', () => {
  it('is accepted, with the grants of the rules that match', async () => {
    const judge = authenticate();
    expect(await judge(await jwt(one))).toEqual({
      kind: 'accepted',
      method: 'oidc',
      caller: { id: 'oidc:ci:job-1', grants: [{ scopes: ['run'], namespaces: ['shop'] }] },
    });
    expect(await judge(await jwt(one, { repo: 'other/app' }))).toMatchObject({ caller: { grants: [] } });
    expect(server.requests).toHaveLength(1);
  });

  it.each([
    ['for another service', { aud: 'other' }, 'unexpected "aud" claim value'],
    ['without an audience', { aud: undefined }, 'missing required "aud" claim'],
    ['that is over', { exp: NOW_MS / 1_000 - 31 }, '"exp" claim timestamp check failed'],
    ['that is never over', { exp: undefined }, 'missing required "exp" claim'],
    ['that is not valid yet', { nbf: NOW_MS / 1_000 + 60 }, '"nbf" claim timestamp check failed'],
    ['that names nobody', { sub: '' }, 'the claim sub names nobody'],
  ])('%s is refused', async (_which, claims, reason) => {
    const verdict = await authenticate()(await jwt(one, claims));
    expect(verdict).toMatchObject({ kind: 'refused', reason: `ci: ${reason}` });
  });

  it('of a subject of any length is of that subject only', async () => {
    const judge = authenticate();
    const long = 's'.repeat(300);
    const idOf = async (sub: string) => {
      const verdict = await judge(await jwt(one, { sub }));
      return verdict.kind === 'accepted' ? verdict.caller.id : verdict.kind;
    };
    const ids = await Promise.all([`${long}1`, `${long}2`, long.slice(0, 256)].map(idOf));
    expect(new Set(ids).size).toBe(3);
    expect(ids[0]).toMatch(/^oidc:ci:s{192}~[0-9a-f]{64}$/);
    expect(ids[2]).toBe(`oidc:ci:${'s'.repeat(256)}`);
    // One that looks like a shortened one is another's.
    const shortened = ids[0]?.slice('oidc:ci:'.length) ?? '';
    expect(await idOf(shortened)).not.toBe(ids[0]);
  });

  it('may be over by as much as clocks may differ', async () => {
    const token = await jwt(one, { exp: NOW_MS / 1_000 - 20 });
    expect(await authenticate()(token)).toMatchObject({ kind: 'accepted' });
    expect(await authenticate({ clockTolerance: '10s' })(token)).toMatchObject({ kind: 'refused' });
  });

  it('is refused without a signature, and with one made of a public key as if it were a shared one', async () => {
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const payload = part({ iss: 'https://ci.example', aud: 'assay', sub: 'x', exp: NOW_MS / 1_000 + 600 });
    const unsigned = `${part({ alg: 'none' })}.${payload}.`;
    const signed = `${part({ alg: 'HS256', kid: 'one' })}.${payload}`;
    const mac = createHmac('sha256', JSON.stringify(one.jwk)).update(signed).digest('base64url');
    for (const token of [unsigned, `${signed}.${mac}`])
      expect(await authenticate()(token)).toMatchObject({ kind: 'refused', method: 'oidc' });
    expect(server.requests).toEqual([]);
  });

  it('is refused when its algorithm was not chosen, though its key is there', async () => {
    const strong = await signer('strong', 'PS256');
    server.answer([{ status: 200, body: JSON.stringify({ keys: [strong.jwk] }) }]);
    const token = await jwt(strong, {}, { alg: 'PS256' });
    expect(await authenticate()(token)).toMatchObject({ kind: 'refused' });
    expect(await authenticate({ algorithms: ['PS256'] })(token)).toMatchObject({ kind: 'accepted' });
  });

  it('is refused when another key signed it, and when it was changed', async () => {
    const forged = await jwt(two, {}, { kid: 'one' });
    expect(await authenticate()(forged)).toMatchObject({
      kind: 'refused',
      reason: 'ci: signature verification failed',
    });
    const [header = '', , signature = ''] = (await jwt(one)).split('.');
    const payload = Buffer.from(
      JSON.stringify({ iss: 'https://ci.example', aud: 'assay', sub: 'root', exp: 9e9 }),
    );
    expect(await authenticate()(`${header}.${payload.toString('base64url')}.${signature}`)).toMatchObject({
      kind: 'refused',
    });
  });

  it('of an issuer that is not trusted is nobody’s, and nobody is asked about it', async () => {
    expect(await authenticate()(await jwt(one, { iss: 'https://evil.example' }))).toMatchObject({
      kind: 'refused',
      reason: 'the token is not known',
    });
    expect(server.requests).toEqual([]);
  });
});

describe('the keys of an issuer', () => {
  it('are not fetched for each token that names one they do not have', async () => {
    const judge = authenticate();
    for (let time = 0; time < 5; time++)
      expect(await judge(await jwt(two, {}, { kid: `guess-${time}` }))).toMatchObject({ kind: 'refused' });
    expect(server.requests).toHaveLength(1);
  });

  it('that can not be had are no reason to refuse a token, nor to accept it', async () => {
    server.answer([{ status: 500 }]);
    expect(await authenticate()(await jwt(one))).toMatchObject({
      kind: 'unavailable',
      reason: `ci: the keys at ${server.url}/keys were answered with status 500`,
    });
    server.answer([{ status: 200, body: 'no keys' }]);
    expect(await authenticate()(await jwt(one))).toMatchObject({ kind: 'unavailable' });
  });

  it('that are asked for over https are not taken over http', async () => {
    const certificate = makeCertificate();
    const secure = await startRecordingServer(certificate);
    try {
      secure.answer([{ status: 302, headers: { location: `${server.url}/keys` } }]);
      const client = createHttpClient({
        egress: createEgressPolicy({ loopback: true }),
        ca: certificate.cert,
      });
      const judge = authenticate({ jwksUrl: `${secure.url}/keys` }, client);
      expect(await judge(await jwt(one))).toMatchObject({
        kind: 'unavailable',
        reason: `ci: Get "${server.url}/keys": a redirect leads from https to http`,
      });
      expect(server.requests).toEqual([]);
      secure.answer([
        { status: 302, headers: { location: '/others' } },
        { body: JSON.stringify({ keys: [one.jwk] }) },
      ]);
      expect(await authenticate({ jwksUrl: `${secure.url}/keys` }, client)(await jwt(one))).toMatchObject({
        kind: 'accepted',
      });
    } finally {
      await secure.close();
    }
  });

  it('are fetched under the egress rules', async () => {
    expect(await authenticate({}, http(false))(await jwt(one))).toMatchObject({
      kind: 'unavailable',
      reason: expect.stringContaining('egress denied: 127.0.0.1') as string,
    });
    expect(server.requests).toEqual([]);
  });

  it('are fetched again when another is used, after half a minute', async () => {
    const judge = authenticate();
    expect(await judge(await jwt(one))).toMatchObject({ kind: 'accepted' });
    server.answer([{ status: 200, body: JSON.stringify({ keys: [one.jwk, two.jwk] }) }]);
    expect(await judge(await jwt(two))).toMatchObject({ kind: 'refused' });
    await passing(30_001, async () => {
      expect(await judge(await jwt(two))).toMatchObject({ kind: 'accepted' });
    });
    expect(server.requests).toHaveLength(1);
  });
});

/** Does the work as if it were later: the library that keeps the keys has no other clock than that of the machine. */
async function passing(ms: number, work: () => Promise<void>): Promise<void> {
  const { now } = Date;
  Date.now = () => now() + ms;
  try {
    await work();
  } finally {
    Date.now = now;
  }
}
