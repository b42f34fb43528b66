import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readSettings } from '../../service/controller/index.js';

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
