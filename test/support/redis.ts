import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { eventually } from './eventually.js';
import { freePort } from './free-port.js';
import { type ServerProcess, startServer } from './server-process.js';

/** A Redis of the test's own. Its data survive {@link TestRedis.restart}. */
export interface TestRedis {
  readonly url: string;
  /** Ends it with SIGKILL and starts it again on the same port and data. */
  restart(): Promise<void>;
  /** Ends it with SIGKILL until {@link TestRedis.comeBack}. */
  goAway(): Promise<void>;
  comeBack(): Promise<void>;
  stop(): Promise<void>;
}

/** Options of {@link startRedis}. */
export interface TestRedisOptions {
  /** Further options of redis-server, e.g. `['--maxmemory-policy', 'allkeys-lru']`. */
  readonly args?: readonly string[];
  /** Whoever comes without it is refused; it is part of {@link TestRedis.url}. */
  readonly password?: string;
}

/**
 * Starts a real redis-server on a free port, with an append-only file that is written before each answer. It is the
 * one that was started: a port taken by somebody else's Redis is noticed before anything is written to it.
 */
export async function startRedis({ args = [], password }: TestRedisOptions = {}): Promise<TestRedis> {
  const directory = await mkdtemp(join(tmpdir(), 'assay-redis-'));
  const port = await freePort();
  const launch = async (): Promise<ServerProcess> => {
    const server = await startServer('redis-server', [
      ...['--port', String(port), '--bind', '127.0.0.1', '--dir', directory, '--save', ''],
      ...['--appendonly', 'yes', '--appendfsync', 'always', ...args],
      ...(password === undefined ? [] : ['--requirepass', password]),
    ]);
    try {
      await answering(port, server, password);
    } catch (error) {
      await server.stop('SIGKILL');
      throw new Error(`redis-server did not start:\n${server.output()}`, { cause: error });
    }
    return server;
  };
  let server = await launch();
  return {
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
    async stop() {
      await server.stop('SIGKILL');
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function answering(port: number, server: ServerProcess, password?: string): Promise<void> {
  await eventually('redis-server answers', async () => {
    server.check();
    const redis = new Redis({
      ...{ port, host: '127.0.0.1', lazyConnect: true, retryStrategy: () => null },
      ...(password === undefined ? {} : { password }),
    });
    // The failure comes out of connect() as well; without a listener the library prints it.
    redis.on('error', () => undefined);
    try {
      await redis.connect();
      const pid = /process_id:(\d+)/.exec(await redis.info('server'))?.[1];
      if (pid !== String(server.pid))
        throw new Error(`port ${port} belongs to the Redis with process id ${pid}`);
      return true;
    } finally {
      redis.disconnect();
    }
  });
}
