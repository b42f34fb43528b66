import { setTimeout as delay } from 'node:timers/promises';
import { eventually } from '../support/eventually.js';
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
/** Time that an API which was killed answers for at least before it may be killed again: on a busy machine its start takes longer than faults are apart. */
const ANSWERS_MS = 3_000;

/** Keys that hold something of a run: its own, its jobs, and the indexes, which are there as long as anything is in them. */
const OF_RUNS = /chaos-|:(?:next|all|outbox|expiry|delayed|namespace:.*)$/;

/** The service in several processes, and what can be done to it. */
export interface World {
  readonly apiUrl: string;
  /** Does what the fault says, and ends it again. Resolves when it is over; `failOver` and restarts take their own time. */
  suffer(fault: Fault): Promise<void>;
  sizes(): Promise<Sizes>;
  /**
   * Does `work` until a failover can not lose what it wrote: what was answered a moment before one may be lost with the master, as
   * replication comes after the answer, and whoever needs more asks again with the same id.
   */
  keep<Result>(work: () => Promise<Result>): Promise<Result>;
  /** Processes that ended by themselves. */
  crashes(): readonly string[];
  stop(): Promise<void>;
}

/** The Redis of a world, whichever it is. */
interface Backend {
  readonly url: string;
  port(): Promise<number>;
  suffer(fault: Fault): Promise<void>;
  /** Whether the server that had this port is the master still, and all that it has so far is where a failover keeps it. */
  hasKept(port: number): Promise<boolean>;
  stop(): Promise<void>;
}

/** Starts Redis, an API process and workers. */
export async function startWorld(topology: Topology, outside: Outside): Promise<World> {
  const backend = topology === 'single' ? await singleRedis() : await sentinelRedis();
  const apiPort = await freePort();
  // One world of each way to run the service: an API that measures, too, and one that leaves it to workers.
  const kind = topology === 'single' ? 'whole' : 'api';
  const api = ServiceProcess[kind](backend.url, SHARDS, apiPort);
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
          await delay(ANSWERS_MS);
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
    async keep(work) {
      for (;;) {
        const port = await backend.port();
        const result = await work();
        if (await backend.hasKept(port)) return result;
      }
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
    // Written to the disk before it is answered.
    hasKept: () => Promise.resolve(true),
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
    port: () => eventually('there is a master', () => sentinel.master(), 60_000),
    async hasKept(port) {
      try {
        const replicas = await withRedis({ port }, async (redis) => {
          await redis.set('chaos:marker', '1', 'PX', 60_000);
          return redis.wait(1, 5_000);
        });
        return replicas > 0 && port === (await sentinel.master());
      } catch {
        // It was killed meanwhile.
        return false;
      }
    },
    async suffer({ kind }) {
      if (kind !== 'failOver') throw new RangeError(`Sentinels can not suffer ${kind}`);
      await sentinel.failOver();
      await delay(RECOVERY_MS);
    },
    stop: () => sentinel.stop(),
  };
}
