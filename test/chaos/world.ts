import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '../support/free-port.js';
import { startRedis } from '../support/redis.js';
import { withRedis } from '../support/redis-process.js';
import { startRedisSentinel } from '../support/redis-sentinel.js';
import { startTcpProxy } from '../support/tcp-proxy.js';
import type { Sizes } from './evidence.js';
import { type Fault, type Topology, WORKERS } from './faults.js';
import type { Outside } from './outside.js';
import { ServiceProcess } from './processes.js';
import { WORKER_TIMES } from './times.js';

/** Queues of the service: more than one, so that shards are part of it. */
const SHARDS = 2;
/** After a fault of the network or of Redis connections are made again, and leases and locks run out. */
const RECOVERY_MS = 2_000 + WORKER_TIMES.lockMs;

/** Keys that hold something of a run: its own, its jobs, and the indexes, which are there as long as anything is in them. */
const OF_RUNS = /chaos-|:(?:next|all|outbox|expiry|delayed|namespace:.*)$/;

/** The service in several processes, and what can be done to it. */
export interface World {
  readonly apiUrl: string;
  /** Does what the fault says, and ends it again. Resolves when it is over; `failOver` and restarts take their own time. */
  suffer(fault: Fault): Promise<void>;
  sizes(): Promise<Sizes>;
  /** Waits until all that was written is where a failover does not lose it. */
  settle(): Promise<void>;
  /** Processes that ended by themselves. */
  crashes(): readonly string[];
  stop(): Promise<void>;
}

/** The Redis of a world, whichever it is. */
interface Backend {
  readonly url: string;
  port(): Promise<number>;
  suffer(fault: Fault): Promise<void>;
  stop(): Promise<void>;
}

/** Starts Redis, an API process and workers. */
export async function startWorld(topology: Topology, outside: Outside): Promise<World> {
  const backend = topology === 'single' ? await singleRedis() : await sentinelRedis();
  const apiPort = await freePort();
  const api = ServiceProcess.api(backend.url, SHARDS, apiPort);
  const workers = Array.from({ length: WORKERS }, () => ServiceProcess.worker(backend.url, SHARDS));
  // One after the other: they share the cores.
  for (const each of [api, ...workers]) await each.start();
  const killed = async (process: ServiceProcess | undefined, downMs: number): Promise<void> => {
    await process?.kill();
    await delay(downMs);
    await process?.start();
  };
  return {
    apiUrl: `http://127.0.0.1:${apiPort}`,
    async suffer(fault) {
      switch (fault.kind) {
        case 'killWorker':
          await killed(workers[fault.worker], fault.downMs);
          return;
        case 'killApi':
          await killed(api, fault.downMs);
          return;
        case 'jumpClock':
          workers[fault.worker]?.jump(fault.jumpMs);
          return;
        case 'hangProviders':
          outside.hang(true);
          await delay(fault.downMs);
          outside.hang(false);
          return;
        default:
          await backend.suffer(fault);
      }
    },
    async sizes() {
      const port = await backend.port();
      const [keys, info] = await withRedis({ port }, (redis) =>
        Promise.all([redis.keys('*'), redis.info('memory')]),
      );
      return {
        redisKeys: keys.filter((key) => OF_RUNS.test(key)).length,
        redisBytes: Number(/^used_memory:(\d+)/m.exec(info)?.[1]),
        apiRssBytes: api.rssBytes(),
      };
    },
    async settle() {
      if (topology === 'single') return;
      const port = await backend.port();
      const replicas = await withRedis({ port }, async (redis) => {
        await redis.set('chaos:marker', '1', 'PX', 60_000);
        return redis.wait(1, 30_000);
      });
      if (replicas < 1) throw new Error('the replica does not follow');
    },
    crashes: () => [api, ...workers].flatMap((each) => each.crash() ?? []),
    async stop() {
      await Promise.all([api, ...workers].map((each) => each.kill()));
      await backend.stop();
    },
  };
}

async function singleRedis(): Promise<Backend> {
  const redis = await startRedis();
  const proxy = await startTcpProxy(redis.port);
  return {
    url: `redis://127.0.0.1:${proxy.port}`,
    port: () => Promise.resolve(redis.port),
    async suffer(fault) {
      switch (fault.kind) {
        case 'restartRedis':
          await redis.goAway();
          await delay(fault.downMs);
          await redis.comeBack();
          break;
        case 'cutNetwork':
        case 'stallNetwork':
          proxy[fault.kind === 'cutNetwork' ? 'cut' : 'stall']();
          await delay(fault.downMs);
          proxy.heal();
          break;
        case 'slowNetwork':
          proxy.treat({ latencyMs: fault.latencyMs });
          await delay(fault.downMs);
          proxy.treat({});
          break;
        default:
          throw new RangeError(`one Redis can not suffer ${fault.kind}`);
      }
      await delay(RECOVERY_MS);
    },
    async stop() {
      await proxy.close();
      await redis.stop();
    },
  };
}

async function sentinelRedis(): Promise<Backend> {
  const sentinel = await startRedisSentinel();
  return {
    url: sentinel.url,
    port: () => sentinel.master(),
    async suffer({ kind }) {
      if (kind !== 'failOver') throw new RangeError(`Sentinels can not suffer ${kind}`);
      await sentinel.failOver();
      await delay(RECOVERY_MS);
    },
    stop: () => sentinel.stop(),
  };
}
