import { generateKeyPairSync } from 'node:crypto';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { programPath } from '../../built/binaries.js';
import { makeCertificate } from '../../support/certificates.js';
import { eventually } from '../../support/eventually.js';
import { freePort } from '../../support/free-port.js';
import { type ServerProcess, startServer } from '../../support/server-process.js';

/** A Kubernetes control plane of the test's own: real etcd, API server, controllers and scheduler, and a node that KWOK plays unless the test brings one. */
export interface ControlPlane {
  /** Path of a kubeconfig with all rights. */
  readonly kubeconfig: string;
  /** Asks the API server, patches as merge patches; rejects unless the answer is 2xx. */
  call(method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, body?: unknown): Promise<unknown>;
  /** What `kubectl get` shows of an object or a list. */
  table(path: string): Promise<unknown>;
  /** Makes a namespace in which pods can be made. */
  createNamespace(name: string): Promise<void>;
  /** Ends the API server with SIGKILL; the state stays. */
  killApiServer(): Promise<void>;
  /** Starts the API server again on its port, and waits until it is ready. */
  startApiServer(): Promise<void>;
  /** Compacts etcd: of all objects only their latest versions are known from now on. */
  compact(): Promise<void>;
  /** Keeps the state as it is now; etcd is away meanwhile. */
  backUp(): Promise<void>;
  /** Ends the API server, goes back to the state that was kept, and starts the API server again: versions are used a second time. */
  restore(): Promise<void>;
  stop(): Promise<void>;
}

const STAGES = join(import.meta.dirname, 'simulated-nodes.yaml');
const TOKEN = 'token-of-the-test';
/** Only what Jobs and Rollouts need: others cost time at the start. */
const CONTROLLERS = [
  'deployment-controller',
  'garbage-collector-controller',
  'job-controller',
  'namespace-controller',
  'replicaset-controller',
  'resourcequota-controller',
  'serviceaccount-controller',
  'ttl-after-finished-controller',
];
const READY_MS = 60_000;

/** What of a control plane a test needs. */
export interface ControlPlaneOptions {
  /** Controllers, a scheduler and a node: without them objects are only stored. Default true. */
  readonly pods?: boolean;
  /** `own`: the test starts a kubelet. Default `simulated`. */
  readonly node?: 'simulated' | 'own';
  /** File with how KWOK plays nodes and pods. Default: test/control-plane/simulated-nodes.yaml. */
  readonly stages?: string;
  /** Controllers beside those that Jobs and Rollouts need. */
  readonly controllers?: readonly string[];
  /** Requests a second that each of the controllers, and the scheduler, may make. Default: Kubernetes' own 20 and 50. */
  readonly requestsPerSecond?: number;
}

/** Starts a control plane on free ports, with its data in a folder of its own. Ready in about five seconds. */
export async function startControlPlane({
  pods = true,
  node = 'simulated',
  stages = STAGES,
  controllers = [],
  requestsPerSecond,
}: ControlPlaneOptions = {}): Promise<ControlPlane> {
  const folder = await mkdtemp(join(tmpdir(), 'assay-control-plane-'));
  const started: ServerProcess[] = [];
  const start = async (program: string, args: readonly string[]): Promise<ServerProcess> => {
    const server = await startServer(programPath(program), args);
    started.push(server);
    return server;
  };
  const stop = async (): Promise<void> => {
    // In the reverse order, so that nobody misses what it talks to.
    for (const server of started.splice(0).reverse()) await server.stop('SIGKILL');
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const [etcd, peers, port] = [await freePort(), await freePort(), await freePort()];
    const files = await writeFiles(folder, port);
    const call = callerOf(port, await readFile(files.certificate, 'utf8'));
    const startEtcd = () => start('etcd', etcdArgs(folder, etcd, peers));
    let store = await startEtcd();
    /** Has the files of etcd changed while nobody uses them. */
    const betweenEtcds = async (change: () => Promise<void>): Promise<void> => {
      await store.stop();
      await change();
      store = await startEtcd();
    };
    const [data, backup] = [join(folder, 'etcd'), join(folder, 'backup')];
    const startApiServer = async (): Promise<void> => {
      const server = await start('kube-apiserver', apiServerArgs(folder, files, { etcd, port }));
      await ready(server, () => call('GET', '/readyz'));
    };
    await startApiServer();
    let apiServer = started.at(-1);
    const access = ['--kubeconfig', files.kubeconfig];
    const pace =
      requestsPerSecond === undefined
        ? []
        : [`--kube-api-qps=${requestsPerSecond}`, `--kube-api-burst=${requestsPerSecond}`];
    const startPods = async () => [
      await start('kube-controller-manager', [
        ...[...access, '--leader-elect=false', '--secure-port=0'],
        `--controllers=${[...CONTROLLERS, ...controllers].join(',')}`,
        ...['--service-account-private-key-file', files.serviceAccountKey, '--concurrent-job-syncs=20'],
        ...pace,
      ]),
      await start('kube-scheduler', [...access, '--leader-elect=false', '--secure-port=0', ...pace]),
      ...(node === 'own'
        ? []
        : [await start('kwok', [...access, '--manage-all-nodes=true', '--config', stages])]),
    ];
    const startClients = () => (pods ? startPods() : Promise.resolve([]));
    let clients = await startClients();
    if (pods && node === 'simulated') {
      await call('POST', '/api/v1/nodes', {
        metadata: { name: 'node-1', labels: { 'kubernetes.io/hostname': 'node-1' } },
      });
      await eventually('the node is ready', () => isNodeReady(call), READY_MS);
    }
    const restartApiServer = async (): Promise<void> => {
      await startApiServer();
      apiServer = started.at(-1);
      // The running ones would wait for up to a minute before they look for the API server again.
      for (const client of clients) await client.stop('SIGKILL');
      clients = await startClients();
    };
    return {
      kubeconfig: files.kubeconfig,
      call,
      table: (path) => call('GET', path, undefined, 'application/json;as=Table;v=v1;g=meta.k8s.io'),
      async createNamespace(name) {
        await call('POST', '/api/v1/namespaces', { metadata: { name } });
        if (!pods) return;
        await eventually(`the account of ${name} is there`, () =>
          call('GET', `/api/v1/namespaces/${name}/serviceaccounts/default`),
        );
      },
      async killApiServer() {
        await apiServer?.stop('SIGKILL');
      },
      startApiServer: restartApiServer,
      compact: () => compactEtcd(etcd),
      async backUp() {
        await betweenEtcds(() => cp(data, backup, { recursive: true }));
        await eventually('etcd is back', () => call('GET', '/readyz'), READY_MS);
      },
      async restore() {
        await apiServer?.stop('SIGKILL');
        await betweenEtcds(async () => {
          await rm(data, { recursive: true });
          await cp(backup, data, { recursive: true });
        });
        await restartApiServer();
      },
      stop,
    };
  } catch (error) {
    const outputs = started.map((server) => server.output()).join('\n');
    await stop();
    throw new Error(`the control plane did not start:\n${outputs}`, { cause: error });
  }
}

interface Files {
  readonly certificate: string;
  readonly key: string;
  readonly serviceAccountKey: string;
  readonly tokens: string;
  readonly kubeconfig: string;
}

async function writeFiles(folder: string, port: number): Promise<Files> {
  const { cert, key } = makeCertificate();
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const server = `https://127.0.0.1:${port}`;
  const write = async (name: string, content: string): Promise<string> => {
    const path = join(folder, name);
    await writeFile(path, content, { mode: 0o600 });
    return path;
  };
  const authority = Buffer.from(cert).toString('base64');
  return {
    certificate: await write('server.crt', cert),
    key: await write('server.key', key),
    serviceAccountKey: await write('sa.key', privateKey.export({ type: 'pkcs1', format: 'pem' }).toString()),
    tokens: await write('tokens.csv', `${TOKEN},admin,admin,system:masters\n`),
    // JSON is YAML.
    kubeconfig: await write(
      'kubeconfig',
      JSON.stringify({
        apiVersion: 'v1',
        kind: 'Config',
        'current-context': 'test',
        contexts: [{ name: 'test', context: { cluster: 'test', user: 'admin' } }],
        clusters: [{ name: 'test', cluster: { server, 'certificate-authority-data': authority } }],
        users: [{ name: 'admin', user: { token: TOKEN } }],
      }),
    ),
  };
}

function etcdArgs(folder: string, port: number, peers: number): string[] {
  const [client, peer] = [`http://127.0.0.1:${port}`, `http://127.0.0.1:${peers}`];
  return [
    ...['--data-dir', join(folder, 'etcd'), '--name', 'test', '--log-level', 'error'],
    ...['--listen-client-urls', client, '--advertise-client-urls', client],
    ...['--listen-peer-urls', peer, '--initial-advertise-peer-urls', peer],
    ...['--initial-cluster', `test=${peer}`, '--unsafe-no-fsync'],
  ];
}

/** Over etcd's JSON gateway: https://etcd.io/docs/v3.6/dev-guide/api_grpc_gateway. */
async function compactEtcd(port: number): Promise<void> {
  const ask = async (path: string, body: object): Promise<unknown> => {
    const url = `http://127.0.0.1:${port}/v3/kv/${path}`;
    const response = await fetch(url, { method: 'POST', body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`etcd answered ${response.status}: ${await response.text()}`);
    return response.json();
  };
  const { header } = (await ask('range', { key: 'AA==', limit: '1' })) as { header: { revision: string } };
  await ask('compaction', { revision: header.revision, physical: true });
}

function apiServerArgs(
  folder: string,
  { certificate, key, serviceAccountKey, tokens }: Files,
  { etcd, port }: { readonly etcd: number; readonly port: number },
): string[] {
  return [
    ...['--etcd-servers', `http://127.0.0.1:${etcd}`, '--secure-port', String(port)],
    ...['--bind-address', '127.0.0.1', '--advertise-address', '127.0.0.1'],
    ...['--endpoint-reconciler-type', 'none', '--cert-dir', folder],
    ...['--tls-cert-file', certificate, '--tls-private-key-file', key],
    ...['--token-auth-file', tokens, '--authorization-mode', 'RBAC'],
    ...['--service-account-issuer', 'https://kubernetes.default.svc'],
    ...['--service-account-key-file', serviceAccountKey],
    ...['--service-account-signing-key-file', serviceAccountKey],
    ...['--service-cluster-ip-range', '10.96.0.0/16'],
    // No controller for the life of nodes runs that would take the taints away again.
    ...['--disable-admission-plugins', 'TaintNodesByCondition'],
  ];
}

async function ready(server: ServerProcess, probe: () => Promise<unknown>): Promise<void> {
  await eventually(
    'the API server is ready',
    async () => {
      server.check();
      await probe();
      return true;
    },
    READY_MS,
  );
}

/** Pods can be made: the node takes them, and the account is there that each of them has. */
async function isNodeReady(call: ControlPlane['call']): Promise<true | undefined> {
  await call('GET', '/api/v1/namespaces/default/serviceaccounts/default');
  const node = JSON.stringify(await call('GET', '/api/v1/nodes/node-1'));
  return node.includes('"reason":"Simulated"') ? true : undefined;
}

function callerOf(port: number, ca: string) {
  return (
    method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
    path: string,
    body?: unknown,
    accept = 'application/json',
  ): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
      const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': type, accept };
      const asked = request(
        { host: '127.0.0.1', port, method, path, headers, ca, agent: false },
        (response) => {
          let text = '';
          response.setEncoding('utf8');
          response.on('data', (chunk: string) => (text += chunk));
          response.on('error', reject);
          response.on('end', () => {
            const { statusCode = 0 } = response;
            if (statusCode < 200 || statusCode > 299) {
              reject(new Error(`${method} ${path}: ${statusCode} ${text}`));
              return;
            }
            const isJson = response.headers['content-type']?.includes('json') ?? false;
            const value: unknown = isJson ? JSON.parse(text) : text;
            resolve(value);
          });
        },
      );
      asked.on('error', reject);
      asked.end(body === undefined ? undefined : JSON.stringify(body));
    });
}
