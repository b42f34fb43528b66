import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-port.js';
import { launchRedis } from './redis-process.js';
import type { ServerProcess } from './server-process.js';

/** A Redis of the test's own. Its data survive {@link TestRedis.restart}. */
export interface TestRedis {
  readonly url: string;
  readonly port: number;
  /** Ends it with SIGKILL and starts it again on the same port and data. */
  restart(): Promise<void>;
  /** Ends it with SIGKILL until {@link TestRedis.comeBack}. */
  goAway(): Promise<void>;
  comeBack(): Promise<void>;
  /** Stops it where it stands: its connections stay, and nothing is answered any more. */
  fallSilent(): void;
  /** Has one go on that has fallen silent. */
  wake(): void;
  stop(): Promise<void>;
}

/** Options of {@link startRedis}. */
export interface TestRedisOptions {
  /** Further options of redis-server, e.g. `['--maxmemory-policy', 'allkeys-lru']`. */
  readonly args?: readonly string[];
  /** Whoever comes without it is refused; it is part of {@link TestRedis.url}. */
  readonly password?: string;
}

/** Starts a real redis-server on a free port, as {@link launchRedis} does. */
export async function startRedis({ args = [], password }: TestRedisOptions = {}): Promise<TestRedis> {
  const directory = await mkdtemp(join(tmpdir(), 'assay-redis-'));
  const port = await freePort();
  const launch = (): Promise<ServerProcess> =>
    launchRedis({
      ...{ port, directory },
      args: [...args, ...(password === undefined ? [] : ['--requirepass', password])],
      ...(password === undefined ? {} : { client: { password } }),
    });
  let server = await launch();
  return {
    port,
    url: `redis://${password === undefined ? '' : `:${encodeURIComponent(password)}@`}127.0.0.1:${port}`,
    async restart() {
      await server.stop('SIGKILL');
      server = await launch();
    },
    async goAway() {
      await server.stop('SIGKILL');
    },
    async comeBack() {
      server = await launch();
    },
    fallSilent() {
      process.kill(server.pid, 'SIGSTOP');
    },
    wake() {
      process.kill(server.pid, 'SIGCONT');
    },
    async stop() {
      await server.stop('SIGKILL');
      await rm(directory, { recursive: true, force: true });
    },
  };
}
