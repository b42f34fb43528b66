import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSettings, withOwnNamespace } from '../../service/controller/settings.js';

const KUBECONFIG = '/etc/kubeconfig';

it('a controller without settings asks the service beside it about all namespaces', () => {
  expect(readSettings({ KUBECONFIG, POD_NAMESPACE: 'assay' }, {})).toMatchObject({
    ...{
      server: 'http://127.0.0.1:8080',
      cluster: 'local',
      ownNamespace: 'assay',
      leaderElect: true,
      port: 8081,
    },
    credentials: { kind: 'kubeconfig', path: KUBECONFIG },
  });
  expect(readSettings({ KUBECONFIG }, {})).not.toHaveProperty('namespace');
});

it('flags win over the environment', () => {
  const env = {
    KUBECONFIG,
    ASSAY_SERVER: 'http://a',
    ASSAY_CLUSTER_NAME: 'west',
    ASSAY_LEADER_ELECT: 'true',
  };
  const flags = { server: 'https://b/assay/', clusterName: 'east', leaderElect: false, namespace: 'shop' };
  expect(readSettings(env, flags)).toMatchObject({
    ...{ server: 'https://b/assay', cluster: 'east', leaderElect: false, namespace: 'shop' },
  });
});

it('one that is for its own namespace only takes that of its pod', () => {
  const env = { KUBECONFIG, POD_NAMESPACE: 'team' };
  expect(readSettings(env, { namespaced: true }).namespace).toBe('team');
  expect(readSettings({ ...env, ASSAY_CONTROLLER_NAMESPACED: 'true' }, {}).namespace).toBe('team');
});

describe('the namespace of a controller', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'assay-kubeconfig-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  const kubeconfig = async (context: object): Promise<string> => {
    const path = join(folder, 'config');
    const config = {
      ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'here' },
      clusters: [{ name: 'c', cluster: { server: 'https://localhost:1' } }],
      users: [{ name: 'u', user: {} }],
      contexts: [{ name: 'here', context: { cluster: 'c', user: 'u', ...context } }],
    };
    await writeFile(path, JSON.stringify(config));
    return path;
  };
  const own = async (env: Readonly<Record<string, string>>, namespaced = false) => {
    const { ownNamespace, namespace } = await withOwnNamespace(readSettings(env, { namespaced }));
    return [ownNamespace, namespace];
  };

  it('is that of its pod, else that of the context, else default', async () => {
    const path = await kubeconfig({ namespace: 'team' });
    expect(await own({ KUBECONFIG: path, POD_NAMESPACE: 'assay' }, true)).toEqual(['assay', 'assay']);
    expect(await own({ KUBECONFIG: path })).toEqual(['team', undefined]);
    expect(await own({ KUBECONFIG: path }, true)).toEqual(['team', 'team']);
    expect(await own({ KUBECONFIG: await kubeconfig({}) })).toEqual(['default', undefined]);
  });

  it('can not be had from a kubeconfig that is not there, with which nothing is begun', async () => {
    await expect(withOwnNamespace(readSettings({}, { kubeconfig: '/nope' }))).rejects.toThrow(
      /KUBECONFIG: the kubeconfig \/nope can not be used: ENOENT/,
    );
  });
});

it('there is an admission webhook where there is a certificate for it', () => {
  expect(readSettings({ KUBECONFIG, ASSAY_ADMISSION_PORT: '9443' }, {})).not.toHaveProperty('admission');
  const env = { KUBECONFIG, ASSAY_ADMISSION_CERTIFICATES: '/tls' };
  expect(readSettings(env, {}).admission).toEqual({ certificates: '/tls', port: 8443 });
  const flags = { admissionCertificates: '/other', admissionPort: '0' };
  expect(readSettings(env, flags).admission).toEqual({ certificates: '/other', port: 0 });
  expect(() => readSettings(env, { admissionPort: 'https' })).toThrow(
    '--admission-port: must be a port from 0 to 65535, not "https"',
  );
});

it('all that is wrong is told at once, by its name', () => {
  const env = {
    ...{
      ASSAY_CLUSTER_NAME: 'a b',
      ASSAY_INSTANCE_ID: '-',
      ASSAY_LEADER_ELECT: 'yes',
      ASSAY_LOG_LEVEL: 'loud',
    },
    ...{ ASSAY_TOKEN: 'a', ASSAY_TOKEN_FILE: '/b' },
  };
  expect(() => readSettings(env, { server: 'ftp://x', port: '70000' })).toThrow(
    [
      'the configuration can not be used:',
      '  --server: must be an address such as http://127.0.0.1:8080, without user and query, not "ftp://x"',
      '  ASSAY_CLUSTER_NAME: must be a name of up to 63 letters, digits, ".", "_" or "-", not "a b"',
      '  ASSAY_INSTANCE_ID: must be a name of up to 63 letters, digits, ".", "_" or "-", not "-"',
      '  --port: must be a port from 0 to 65535, not "70000"',
      '  ASSAY_LOG_LEVEL: must be one of trace, debug, info, warn, error, fatal, silent, not "loud"',
      '  ASSAY_LEADER_ELECT: must be true or false, not "yes"',
      '  KUBECONFIG: must name a kubeconfig file: this process does not run in a cluster',
      '  ASSAY_TOKEN_FILE: ASSAY_TOKEN is set as well: set one of them',
    ].join('\n'),
  );
});

it('a token of a file is read again for each request', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'assay-token-'));
  try {
    const file = join(folder, 'token');
    await writeFile(file, 'first\n');
    const { token } = readSettings({ KUBECONFIG, ASSAY_TOKEN_FILE: file }, {});
    expect(await token()).toBe('first');
    await writeFile(file, 'second\n');
    expect(await token()).toBe('second');
  } finally {
    await rm(folder, { recursive: true });
  }
});

it("APIs of routers have Argo Rollouts' versions unless they are given", () => {
  const of = (env: Readonly<Record<string, string>>, flags: Parameters<typeof readSettings>[1] = {}) =>
    readSettings({ KUBECONFIG, ...env }, flags).traffic.versions;
  expect(of({})).toEqual({ traefik: 'traefik.io/v1alpha1' });
  expect(of({ ASSAY_ISTIO_API_VERSION: 'v1', ASSAY_TRAFFIC_SPLIT_API_VERSION: 'v1alpha3' })).toEqual({
    ...{ istio: 'v1', smi: 'v1alpha3', traefik: 'traefik.io/v1alpha1' },
  });
  expect(of({}, { traefikApiVersion: 'traefik.containo.us/v1alpha1' }).traefik).toBe(
    'traefik.containo.us/v1alpha1',
  );
  expect(of({ ASSAY_TRAEFIK_API_GROUP: 'traefik.containo.us' }, { traefikApiVersion: 'v1' }).traefik).toBe(
    'traefik.containo.us/v1',
  );
});

it('traffic plugins have names and addresses', () => {
  const env = { KUBECONFIG, ASSAY_TRAFFIC_PLUGINS: 'acme/mesh=http://mesh:8080/v1, acme/edge=https://edge' };
  expect([...readSettings(env, {}).traffic.plugins]).toEqual([
    ['acme/mesh', 'http://mesh:8080/v1'],
    ['acme/edge', 'https://edge'],
  ]);
  const flags = { trafficPlugin: ['acme/other=http://other'] };
  expect([...readSettings(env, flags).traffic.plugins.keys()]).toEqual(['acme/other']);
});

it('what is wrong with the settings of traffic is told, and no password is shown', () => {
  const env = {
    ...{ KUBECONFIG, ASSAY_ISTIO_API_VERSION: 'networking.istio.io/v1', ASSAY_TRAEFIK_API_VERSION: 'a/b/v1' },
    ASSAY_TRAFFIC_PLUGINS: [
      ...['acme/mesh', 'acme/mesh=ftp://x', 'a=http://me:secret@x', 'argoproj-labs/gatewayAPI=http://x'],
      ...['b=http://x', 'b=http://y'],
    ].join(','),
    ASSAY_EGRESS_DENY: 'everything',
  };
  const wanted = 'must be NAME=URL such as acme/mesh=http://mesh-plugin:8080, without user and query';
  expect(() => readSettings(env, { trafficSplitApiVersion: 'alpha' })).toThrow(
    [
      'the configuration can not be used:',
      '  ASSAY_ISTIO_API_VERSION: must be a version such as v1 or v1alpha3, not "networking.istio.io/v1"',
      '  --traffic-split-api-version: must be a version such as v1 or v1alpha3, not "alpha"',
      '  ASSAY_TRAEFIK_API_VERSION: must be a version such as v1alpha1 or traefik.io/v1alpha1, not "a/b/v1"',
      `  ASSAY_TRAFFIC_PLUGINS: ${wanted}`,
      `  ASSAY_TRAFFIC_PLUGINS: ${wanted}; that of "acme/mesh" is not`,
      `  ASSAY_TRAFFIC_PLUGINS: ${wanted}; that of "a" is not`,
      '  ASSAY_TRAFFIC_PLUGINS: argoproj-labs/gatewayAPI is built in: no plugin is needed for it',
      '  ASSAY_TRAFFIC_PLUGINS: b is given twice',
      '  ASSAY_EGRESS_DENY: must be CIDRs such as 10.0.0.0/8 with commas between, not "everything"',
    ].join('\n'),
  );
});

it('loopback may be reached by a controller without a token, or where the rules say so', () => {
  const loopbackOf = (env: Readonly<Record<string, string>>) =>
    readSettings({ KUBECONFIG, ...env }, {}).outside.loopback;
  expect([loopbackOf({}), loopbackOf({ ASSAY_TOKEN: 't' })]).toEqual([true, false]);
});
