import { readdirSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { type Cluster, startCluster } from '../cluster/cluster.js';
import { makeCertificate } from '../support/certificates.js';
import { eventually } from '../support/eventually.js';
import { startForwardProxy } from '../support/forward-proxy.js';
import { freePort } from '../support/free-port.js';
import { startRecordingServer } from '../support/recording-server.js';
import { type ServerProcess, startServer } from '../support/server-process.js';

/** Label that the suite gives to all that it makes. */
const INSTANCE_ID = 'argo-rollouts-e2e';
/** Where the suite looks for the controller's metrics. */
const METRICS_PORT = 8090;
const MAIN = join(import.meta.dirname, '..', '..', 'service', 'main.ts');
const STAGES = join(import.meta.dirname, 'simulated-pods.yaml');

/** The definitions of routers' objects that scenarios make. Those that the suite brings are older than API servers take. */
const ROUTED = [
  'virtualservices.networking.istio.io',
  'destinationrules.networking.istio.io',
  'apisixroutes.apisix.apache.org',
];
const DEFINITIONS = new URL('../cluster/crds/', import.meta.url);
/** Those that only the suite needs, or needs in a version of its own. */
const OWN = new URL('definitions/', import.meta.url);

/** What the scenarios run against: a control plane with the definitions that they use, a service, and a controller with the chart's rights. */
export interface World {
  readonly cluster: Cluster;
  stop(): Promise<void>;
}

/**
 * Starts the world of the suite.
 * @param folder where the logs of the service and the controller go, and what they read.
 */
export async function startWorld(folder: string): Promise<World> {
  const stops: (() => Promise<void>)[] = [];
  const stop = async (): Promise<void> => {
    for (const each of stops.splice(0).reverse()) await each();
  };
  try {
    const cluster = await startCluster({ stages: STAGES, controllers: ['disruption-controller'] });
    stops.push(() => cluster.stop());
    await installRouted(cluster);
    const outside = await startOutside(folder);
    stops.push(outside.stop);
    const [port, metrics] = [
      await freePort(),
      (await isFree(METRICS_PORT)) ? METRICS_PORT : await freePort(),
    ];
    const start = async (name: string, args: readonly string[], env: Readonly<Record<string, string>>) => {
      const server = await startLogged(join(folder, `${name}.log`), args, env);
      stops.push(() => server.stop());
      return server;
    };
    const url = `http://127.0.0.1:${port}`;
    const service = await start('service', ['serve', '--port', String(port)], {
      ...{ KUBECONFIG: cluster.kubeconfig, ...outside.env },
    });
    await answers(service, `${url}/readyz`);
    const own = ['--server', url, '--instance-id', INSTANCE_ID, '--port', String(metrics)];
    const controller = await start('controller', ['controller', '--no-leader-elect', ...own], {
      KUBECONFIG: cluster.controllerKubeconfig,
    });
    await answers(controller, `http://127.0.0.1:${metrics}/readyz`);
    return { cluster, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

interface Definition {
  readonly metadata: { readonly name: string };
  readonly spec: { readonly versions: readonly object[] };
}

/** Manifests of the suite name Istio's objects in several versions, which are the same. */
const inAllVersions = ({ spec, ...rest }: Definition): Definition => ({
  ...rest,
  spec: {
    ...spec,
    versions: spec.versions.flatMap((version) => [version, { ...version, name: 'v1beta1', storage: false }]),
  },
});

async function installRouted(cluster: Cluster): Promise<void> {
  const path = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
  const files = [
    ...ROUTED.map((name) => new URL(`${name}.yaml`, DEFINITIONS)),
    ...readdirSync(OWN).map((name) => new URL(name, OWN)),
  ];
  for (const file of files) {
    const definition = parse(readFileSync(file, 'utf8')) as Definition;
    const { name } = definition.metadata;
    await cluster.call('POST', path, name.endsWith('.istio.io') ? inAllVersions(definition) : definition);
    await eventually(`${name} is served`, async () => {
      const { status } = (await cluster.call('GET', `${path}/${name}`)) as {
        readonly status: { readonly conditions?: readonly { readonly type: string }[] };
      };
      return status.conditions?.some(({ type }) => type === 'Established') === true ? true : undefined;
    });
  }
}

/** Plays the servers of the Internet that templates of the suite ask: each answer is an object. */
async function startOutside(folder: string) {
  const certificate = makeCertificate('DNS:api.github.com,DNS:dns.google,DNS:gist.githubusercontent.com');
  const file = join(folder, 'outside.pem');
  await writeFile(file, certificate.cert);
  const server = await startRecordingServer(certificate);
  server.answer(() => ({
    headers: { 'content-type': 'application/json' },
    body: '{"Status":0,"message":"It worked!"}',
  }));
  const proxy = await startForwardProxy(() => Number(new URL(server.url).port));
  return {
    env: { HTTPS_PROXY: proxy.url, NO_PROXY: '127.0.0.1,localhost', ASSAY_CA_FILE: file },
    stop: async () => {
      await proxy.close();
      await server.close();
    },
  };
}

/** Starts `assay` from its sources, its output in a file. */
const startLogged = (
  file: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<ServerProcess> =>
  startServer(
    'sh',
    ['-c', 'exec "$@" >"$0" 2>&1', file, process.execPath, '--import', 'tsx', MAIN, ...args],
    env,
  );

async function answers(server: ServerProcess, url: string): Promise<void> {
  await eventually(
    `${url} answers`,
    async () => {
      server.check();
      return (await fetch(url)).ok ? true : undefined;
    },
    60_000,
  );
}

const isFree = (port: number): Promise<boolean> =>
  fetch(`http://127.0.0.1:${port}/`).then(
    () => false,
    () => true,
  );
