import { Redis, type RedisOptions } from 'ioredis';
import { eventually } from './eventually.js';
import { type ServerProcess, startServer } from './server-process.js';

/** The program under test: `ASSAY_TEST_REDIS_SERVER` names another one, e.g. that of Redis 6.2 or Valkey. */
const PROGRAM = process.env['ASSAY_TEST_REDIS_SERVER'] ?? 'redis-server';

/** Options of {@link launchRedis}. */
export interface RedisLaunch {
  readonly port: number;
  /** Folder of its data. */
  readonly directory: string;
  /** Further options of redis-server. */
  readonly args?: readonly string[];
  /** How the test itself connects to see whether it answers, e.g. with TLS or a password. */
  readonly client?: RedisOptions;
}

/**
 * Starts redis-server on a port of loopback, with an append-only file that is written before each answer, and waits until
 * it answers. It is the one that was started: a port taken by somebody else's Redis is noticed before anything is written to it.
 */
export async function launchRedis({
  port,
  directory,
  args = [],
  client = {},
}: RedisLaunch): Promise<ServerProcess> {
  const server = await startServer(PROGRAM, [
    ...['--port', String(port), '--bind', '127.0.0.1', '--dir', directory, '--save', ''],
    ...['--appendonly', 'yes', '--appendfsync', 'always', ...args],
  ]);
  return untilAnswering(server, { port, ...client });
}

/** Starts a Sentinel with the given configuration file, which it writes its state to. */
export async function launchSentinel(
  port: number,
  configuration: string,
  client: RedisOptions = {},
): Promise<ServerProcess> {
  const server = await startServer(PROGRAM, [configuration, '--sentinel']);
  return untilAnswering(server, { port, ...client });
}

async function untilAnswering(server: ServerProcess, options: RedisOptions): Promise<ServerProcess> {
  try {
    await eventually('redis-server answers', async () => {
      server.check();
      await withRedis(options, async (redis) => {
        const pid = /process_id:(\d+)/.exec(await redis.info('server'))?.[1];
        if (pid !== String(server.pid))
          throw new Error(`the port belongs to the Redis with process id ${pid}`);
      });
      return true;
    });
  } catch (error) {
    await server.stop('SIGKILL');
    throw new Error(`redis-server did not start:\n${server.output()}`, { cause: error });
  }
  return server;
}

/** Does something over a connection that is made for it, to loopback, and fails at once when there is none. */
export async function withRedis<Result>(
  options: RedisOptions,
  work: (redis: Redis) => Promise<Result>,
): Promise<Result> {
  const redis = new Redis({ host: '127.0.0.1', lazyConnect: true, retryStrategy: () => null, ...options });
  // The failure comes out of connect() as well; without a listener the library prints it.
  redis.on('error', () => undefined);
  try {
    await redis.connect();
    return await work(redis);
  } finally {
    redis.disconnect();
  }
}
