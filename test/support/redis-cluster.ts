import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from './eventually.js';
import { freePort } from './free-port.js';
import { launchRedis, withRedis } from './redis-process.js';
import type { ServerProcess } from './server-process.js';

const MASTERS = 3;
const SLOTS = 16_384;
/** Nodes talk to each other on a port that much above their own, unless told otherwise. */
const BUS = 10_000;

/** A Redis Cluster of three masters, on loopback. The first may have a replica. */
export interface TestCluster {
  /** As `ASSAY_REDIS_URL` has it. */
  readonly url: string;
  readonly ports: readonly number[];
  /** Ends one master with SIGKILL until {@link TestCluster.comeBack}. */
  goAway(master: number): Promise<void>;
  comeBack(master: number): Promise<void>;
  /** Stops a master where it stands: its connections stay, and nothing is answered any more. */
  fallSilent(master: number): void;
  stop(): Promise<void>;
}

/** Starts a cluster whose slots are spread evenly, and waits until all of its nodes say that it is well. */
export async function startRedisCluster(
  args: readonly string[] = [],
  { replica = false }: { readonly replica?: boolean } = {},
): Promise<TestCluster> {
  const directories: string[] = [];
  const ports: number[] = [];
  const nodes: ServerProcess[] = [];
  const launch = (node: number): Promise<ServerProcess> =>
    launchRedis({
      port: ports[node] ?? 0,
      directory: directories[node] ?? '',
      args: ['--cluster-enabled', 'yes', '--cluster-node-timeout', '1000', ...args],
    });
  const isWell = async (): Promise<true | undefined> => {
    const infos = await Promise.all(
      ports.map((port) => withRedis({ port }, (redis) => redis.cluster('INFO'))),
    );
    return infos.every(
      (info) => /cluster_state:ok/.test(info) && info.includes(`cluster_known_nodes:${nodes.length}`),
    )
      ? true
      : undefined;
  };
  for (let node = 0; node < MASTERS + (replica ? 1 : 0); node++) {
    directories.push(await mkdtemp(join(tmpdir(), 'assay-cluster-')));
    ports.push(await portForNode());
    nodes.push(await launch(node));
  }
  const masters = ports.slice(0, MASTERS);
  for (const [master, port] of masters.entries())
    await withRedis({ port }, async (redis) => {
      const [from, to] = [master, master + 1].map((index) => Math.floor((index * SLOTS) / MASTERS));
      const slots = Array.from({ length: (to ?? 0) - (from ?? 0) }, (_, index) => (from ?? 0) + index);
      await redis.cluster('ADDSLOTS', ...slots);
      if (master > 0) await redis.cluster('MEET', '127.0.0.1', ports[0] ?? 0);
    });
  for (const port of ports.slice(MASTERS)) await follow(port, ports[0] ?? 0);
  await eventually('the cluster is well', isWell);
  return {
    url: `redis+cluster://${masters.map((port) => `127.0.0.1:${port}`).join(',')}`,
    ports: masters,
    async goAway(master) {
      await nodes[master]?.stop('SIGKILL');
    },
    async comeBack(master) {
      nodes[master] = await launch(master);
      await eventually('the cluster is well again', isWell);
    },
    fallSilent(master) {
      const { pid } = nodes[master] ?? {};
      if (pid !== undefined) process.kill(pid, 'SIGSTOP');
    },
    async stop() {
      await Promise.all(nodes.map((node) => node.stop('SIGKILL')));
      await Promise.all(directories.map((folder) => rm(folder, { recursive: true, force: true })));
    },
  };
}

/** A free port whose port for the other nodes is free as well. */
const portForNode = (): Promise<number> =>
  eventually('two free ports', async () => {
    const port = await freePort();
    return port + BUS <= 65_535 && (await isFree(port + BUS)) ? port : undefined;
  });

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => {
      resolve(false);
    });
    server.listen(port, '127.0.0.1', () => {
      server.close(() => {
        resolve(true);
      });
    });
  });

/** Has a new node follow a master, and waits until it has all that the master has. */
async function follow(port: number, masterPort: number): Promise<void> {
  await withRedis({ port }, async (redis) => {
    await redis.cluster('MEET', '127.0.0.1', masterPort);
    const id = await withRedis({ port: masterPort }, (master) => master.cluster('MYID'));
    await eventually('the nodes know each other', () => redis.cluster('REPLICATE', id));
    await eventually('the replica follows', async () =>
      /master_link_status:up/.test(await redis.info('replication')) ? true : undefined,
    );
  });
}
