/** Everything of `npm run e2e:real` that runs in the namespaces that main.ts makes. Ends with 1 when a story has a fault. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startCluster } from '../cluster/cluster.js';
import { rolloutsOf } from '../cluster/rollouts.js';
import { eventually } from '../support/eventually.js';
import { startPrometheus } from '../support/prometheus.js';
import { startRedis } from '../support/redis.js';
import { type ServerProcess, startServer } from '../support/server-process.js';
import { startGateway } from './gateway.js';
import { SANDBOX, sampleImage, writeImages } from './images.js';
import { prepareNamespaces, startNode } from './node.js';
import { followPods } from './scraping.js';
import { NAMESPACE, qualityTemplate } from './objects.js';
import { linesOf, type StoryReport, summaryOf } from './report.js';
import { STORY_GROUPS, type StoryGroup, tell, VERSIONS } from './stories.js';

const ASSAY = fileURLToPath(new URL('../../service/main.ts', import.meta.url));
const SERVICE = 'http://127.0.0.1:8080';
const CONTROLLER = 'http://127.0.0.1:8081';
const START_MS = 60_000;

/** What main.ts passes on. */
interface Options {
  readonly folder: string;
  readonly cgroup: string;
  readonly report: string;
  readonly groups: readonly StoryGroup[];
  readonly cni: string;
  readonly definitions: string;
}

/** Nothing is stopped: all of it ends with this process, and is in namespaces and folders that go with it. */
async function main(options: Options): Promise<number> {
  const say = (line: string): void => {
    console.log(line);
  };
  prepareNamespaces(options.folder);
  // One for each server that ends with this process.
  process.setMaxListeners(30);
  const servers = new Map<string, ServerProcess>();
  try {
    const stage = await setStage(options, servers, say);
    const reports: StoryReport[] = [];
    for (const group of options.groups.length > 0 ? options.groups : STORY_GROUPS)
      reports.push(...(await tell(group, stage, say)));
    writeFileSync(options.report, `${JSON.stringify({ stories: reports }, null, 2)}\n`);
    for (const line of reports.flatMap(linesOf)) say(line);
    say(summaryOf(reports));
    say(`written to ${options.report}`);
    return reports.every(({ faults }) => faults.length === 0) ? 0 : 1;
  } catch (error) {
    for (const [name, server] of servers) console.error(`--- ${name} said last:\n${server.output()}`);
    console.error(error);
    return 1;
  }
}

async function setStage(
  { folder, cgroup, cni, definitions }: Options,
  servers: Map<string, ServerProcess>,
  say: (line: string) => void,
) {
  const began = performance.now();
  const cluster = await startCluster({
    ...{ pods: true, node: 'own' },
    controllers: ['endpointslice-controller'],
  });
  const images = join(folder, 'images');
  mkdirSync(images);
  const archive = writeImages(images, [SANDBOX, ...VERSIONS.map(sampleImage)]);
  const node = await startNode(cluster, { folder, cgroup, cni, images: archive });
  for (const [index, name] of ['containerd', 'kubelet'].entries()) {
    const server = node[index];
    if (server !== undefined) servers.set(name, server);
  }
  await cluster.createNamespace(NAMESPACE);
  servers.set('traefik', await startGateway(cluster, definitions, NAMESPACE));
  const prometheus = await startPrometheus([], await followPods(cluster, folder));
  await cluster.call(
    'POST',
    `/apis/argoproj.io/v1alpha1/namespaces/${NAMESPACE}/analysistemplates`,
    qualityTemplate(prometheus.url),
  );
  const redis = await startRedis();
  const assay = (name: string, args: readonly string[], env: Readonly<Record<string, string>>, url: string) =>
    startAssay(args, env, url).then((server) => servers.set(name, server));
  await assay('service', ['serve'], { ASSAY_REDIS_URL: redis.url }, `${SERVICE}/readyz`);
  await assay(
    'controller',
    ['controller', '--server', SERVICE, '--kubeconfig', cluster.kubeconfig],
    { POD_NAMESPACE: NAMESPACE },
    `${CONTROLLER}/readyz`,
  );
  say(`everything is ready after ${((performance.now() - began) / 1000).toFixed(1)} s`);
  return { cluster, rollouts: rolloutsOf(cluster, NAMESPACE) };
}

async function startAssay(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  ready: string,
): Promise<ServerProcess> {
  const server = await startServer(process.execPath, ['--import', 'tsx', ASSAY, ...args], env);
  await eventually(
    `${args.join(' ')} is ready`,
    async () => {
      server.check();
      return (await fetch(ready)).ok ? true : undefined;
    },
    START_MS,
  ).catch((error: unknown) => {
    throw new Error(`assay ${args.join(' ')} did not become ready:\n${server.output()}`, { cause: error });
  });
  return server;
}

process.exit(await main(JSON.parse(process.argv[2] ?? '') as Options));
