import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { RequestOptions } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { clusterCredentials } from '../../service/providers/kubernetes/kube-config.js';
import { serviceAccountAccess } from '../../service/providers/kubernetes/service-account.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-account-'));
  await writeFile(join(folder, 'token'), 'first\n');
  await writeFile(join(folder, 'ca.crt'), 'authority');
});
afterEach(() => rm(folder, { recursive: true }));

const IN_CLUSTER = { KUBERNETES_SERVICE_HOST: '10.0.0.1', KUBERNETES_SERVICE_PORT: '6443' };

it('a pod asks the API server that its variables name, with its token and authority', async () => {
  const credentials = clusterCredentials(undefined, IN_CLUSTER, folder);
  expect(credentials).toEqual({ kind: 'serviceAccount', host: '10.0.0.1', port: '6443', folder });
  const { server, isProxied, authorize } = serviceAccountAccess(
    { host: '10.0.0.1', port: '6443', folder },
    () => 0,
  );
  const options: RequestOptions = { method: 'GET' };
  await authorize(options);
  expect({ server, isProxied, options }).toEqual({
    ...{ server: 'https://10.0.0.1:6443', isProxied: false },
    options: { method: 'GET', ca: 'authority', headers: { authorization: 'Bearer first' } },
  });
  expect(serviceAccountAccess({ host: 'fd00::1', port: '443', folder }, () => 0).server).toBe(
    'https://[fd00::1]:443',
  );
});

it('a kubeconfig goes first, and without a token there is no cluster', async () => {
  expect(clusterCredentials('/k', IN_CLUSTER, folder)).toEqual({ kind: 'kubeconfig', path: '/k' });
  expect(clusterCredentials(undefined, {}, folder)).toBeUndefined();
  await rm(join(folder, 'token'));
  expect(clusterCredentials(undefined, IN_CLUSTER, folder)).toBeUndefined();
});

it('a token that is renewed is used within a minute, and one that can not be read is looked for again', async () => {
  let nowMs = 0;
  const { authorize } = serviceAccountAccess({ host: 'h', port: '443', folder }, () => nowMs);
  const token = async (): Promise<unknown> => {
    const options: RequestOptions = {};
    await authorize(options);
    return options.headers;
  };
  expect(await token()).toEqual({ authorization: 'Bearer first' });
  await writeFile(join(folder, 'token'), 'second');
  nowMs = 59_999;
  expect(await token()).toEqual({ authorization: 'Bearer first' });
  nowMs = 60_000;
  expect(await token()).toEqual({ authorization: 'Bearer second' });
  await rm(join(folder, 'token'));
  nowMs = 120_000;
  await expect(token()).rejects.toThrow('ENOENT');
  await writeFile(join(folder, 'token'), 'third');
  expect(await token()).toEqual({ authorization: 'Bearer third' });
});
