import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readAccess } from '../../../service/api/auth/access-file.js';
import { createAuthenticate } from '../../../service/api/auth/authenticate.js';
import { createLog, systemClock } from '../../../service/platform/index.js';
import { createCluster } from '../../../service/providers/index.js';
import { type ControlPlane, startControlPlane } from '../../cluster/control-plane/control-plane.js';
import { noHttp } from './fixtures.js';

/** Service accounts of a real API server. */
let plane: ControlPlane;
const closing: (() => Promise<void>)[] = [];
beforeAll(async () => {
  plane = await startControlPlane({ pods: false });
  for (const namespace of ['shop', 'bank']) {
    await plane.call('POST', '/api/v1/namespaces', { metadata: { name: namespace } });
    await plane.call('POST', `/api/v1/namespaces/${namespace}/serviceaccounts`, {
      metadata: { name: 'deployer' },
    });
  }
}, 120_000);
afterAll(async () => {
  for (const close of closing) await close();
  await plane.stop();
});

const FILE = {
  kubernetes: {
    audiences: ['assay'],
    rules: [
      {
        match: [{ claim: 'user', values: ['system:serviceaccount:shop:deployer'] }],
        scopes: ['run'],
        namespaces: ['shop'],
      },
      {
        match: [{ claim: 'groups', values: ['system:serviceaccounts'] }],
        scopes: ['read'],
        namespacesFrom: 'namespace',
      },
    ],
  },
};
/** Judges tokens at the cluster. Answers are kept by the time that `nowMs` tells. */
function open(nowMs = () => Date.now()) {
  const cluster = createCluster(
    { kind: 'kubeconfig', path: plane.kubeconfig },
    { clock: systemClock, log: createLog({ level: 'silent' }) },
  );
  closing.push(() => cluster.close());
  const access = readAccess(JSON.stringify(FILE), 'f');
  return createAuthenticate({
    ...{ access: () => access, http: noHttp, nowMs },
    review: cluster.reviewToken,
  });
}
async function tokenOf(namespace: string, audience: string, name = 'deployer'): Promise<string> {
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`;
  const answer = await plane.call('POST', path, {
    spec: { audiences: [audience], expirationSeconds: 600 },
  });
  return (answer as { readonly status: { readonly token: string } }).status.token;
}

describe('the token of a service account', () => {
  it('is its own, with the grants of the rules that match', async () => {
    const authenticate = open();
    expect(await authenticate(await tokenOf('shop', 'assay'))).toEqual({
      kind: 'accepted',
      method: 'kubernetes',
      caller: {
        id: 'kubernetes:system:serviceaccount:shop:deployer',
        grants: [
          { scopes: ['run'], namespaces: ['shop'] },
          { scopes: ['read'], namespaces: ['shop'] },
        ],
      },
    });
    expect(await authenticate(await tokenOf('bank', 'assay'))).toMatchObject({
      caller: { grants: [{ scopes: ['read'], namespaces: ['bank'] }] },
    });
  });

  it('for another audience is none, above all one for the API server itself', async () => {
    const authenticate = open();
    for (const audience of ['other', 'https://kubernetes.default.svc'])
      expect(await authenticate(await tokenOf('shop', audience))).toMatchObject({
        kind: 'refused',
        method: 'kubernetes',
      });
  });

  it('that was changed is refused', async () => {
    const [header = '', payload = '', signature = ''] = (await tokenOf('shop', 'assay')).split('.');
    const flipped = `${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`;
    expect(await open()(`${header}.${payload}.${flipped}`)).toMatchObject({ kind: 'refused' });
  });

  it('of an account that is gone is good for a minute at most', async () => {
    let nowMs = Date.now();
    const authenticate = open(() => nowMs);
    await plane.call('POST', '/api/v1/namespaces/shop/serviceaccounts', { metadata: { name: 'leaver' } });
    const token = await tokenOf('shop', 'assay', 'leaver');
    expect(await authenticate(token)).toMatchObject({ kind: 'accepted' });
    await plane.call('DELETE', '/api/v1/namespaces/shop/serviceaccounts/leaver');
    expect(await authenticate(token)).toMatchObject({ kind: 'accepted' });
    nowMs += 60_000;
    // The API server keeps what it knew of accounts for a moment as well.
    await expect
      .poll(
        async () => {
          nowMs += 60_000;
          return (await authenticate(token)).kind;
        },
        { timeout: 60_000, interval: 500 },
      )
      .toBe('refused');
  });

  it('can not be judged while the API server is away, and is then', async () => {
    const authenticate = open();
    const token = await tokenOf('shop', 'assay');
    await plane.killApiServer();
    expect(await authenticate(token)).toMatchObject({
      kind: 'unavailable',
      reason: expect.stringMatching(/^kubernetes: the Kubernetes API can not be reached/) as string,
    });
    await plane.startApiServer();
    expect(await authenticate(token)).toMatchObject({ kind: 'accepted' });
  });
});
