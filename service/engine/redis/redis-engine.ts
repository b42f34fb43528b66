import type { Redis } from 'ioredis';
import type { Backend, StoreProblems } from '../backend.js';
import { createEngine } from '../create-engine.js';
import type { Engine, EngineDeps } from '../engine.js';
import { type Secret, SharedClock, systemTimers } from '../../platform/index.js';
import { answeredStore } from './answered-store.js';
import {
  connect,
  type ConnectOptions,
  connectToSentinels,
  parseRedisUrl,
  type RedisClient,
} from './connect.js';
import { connectionFaults, RedisAccessError, StartTimeoutError } from './connection-faults.js';
import { changedPattern, shardKeys } from './keys.js';
import { ClusterPartError, infoOfMasters } from './masters.js';
import { tellOutages } from './outages.js';
import { keepPulse } from './pulse.js';
import { leaveReplacedMasters } from './replaced-masters.js';
import { RedisTime } from './redis-time.js';
import { asRefusal, lackOf } from './refusal.js';
import { StoreRefusalError } from '../store-errors.js';
import { checkServer, checkShards, evictionProblems } from './server-checks.js';
import { createRedisStore } from './store.js';
import { createRedisTimetable } from './timetable.js';
import { tryListening, tryWrites } from './trial.js';
import { Watchers } from './watchers.js';

/** How long a health check waits for Redis, ms. */
const PING_TIMEOUT_MS = 1_000;
/** How long the start waits for Redis, ms. */
const START_TIMEOUT_MS = 10_000;
/** A connection on which an answer is waited for as long as that is made anew, ms: workers wait 10 s for a job. */
const SILENT_MS = 15_000;
/** Attempts to reconnect before a waiting command fails: about 3 s. */
const RETRIES = 10;

/** Settings of the Redis backend beside those of every engine. */
export interface RedisSettings {
  /** `redis://`, `rediss://`, `redis+sentinel://` or `redis+cluster://`. */
  readonly url: Secret;
  /** Certificate authorities (PEM) to trust beside the well-known ones. */
  readonly ca?: string;
  /** Credentials of the Sentinels. */
  readonly sentinel?: { readonly username?: string; readonly password: Secret };
  /** Queues that the timetable is spread over; the same in every process. */
  readonly shards: number;
  /** First part of every key. Default `assay`. */
  readonly prefix?: string;
  /** How long a job stays with a worker that does not answer any more, ms. Default 30 s. */
  readonly lockMs?: number;
  /** Time between the jobs that prove that jobs are run, ms. Default 5 s. */
  readonly heartbeatMs?: number;
  /** How long answers are waited for before a connection is made anew, ms: longer than the 10 s that workers wait for a job. Default 15 s. */
  readonly silentMs?: number;
}

/**
 * An engine over Redis: any number of processes share the runs, and any of them may die. When the clock is a SharedClock, it is kept
 * with that of Redis, so that the clocks of the processes may differ.
 * @throws RedisUrlError for a URL that can not be read; `start` rejects with RedisSetupError for a Redis that can not be
 *   used, RedisAccessError for one that lets nobody in, RedisUnreachableError when there is none.
 */
export function createRedisEngine(deps: EngineDeps, settings: RedisSettings): Engine {
  const { clock, log, timers = systemTimers } = deps;
  const { prefix = 'assay', shards, lockMs = 30_000, heartbeatMs = 5_000, silentMs = SILENT_MS } = settings;
  const { ca, sentinel } = settings;
  const target = {
    ...parseRedisUrl(settings.url.reveal()),
    ...(ca === undefined ? {} : { ca }),
    ...(sentinel?.username === undefined ? {} : { sentinelUsername: sentinel.username }),
    ...(sentinel === undefined ? {} : { sentinelPassword: sentinel.password.reveal() }),
  };
  const faults = connectionFaults({ log });
  const connected = new Set<Redis>();
  const open = (options: ConnectOptions): RedisClient => {
    const client = connect(target, { lazyConnect: true, silentMs, connected, ...options });
    client.on('error', faults.tell);
    // Of a node of a cluster.
    client.on('node error', faults.tell);
    return client;
  };
  // Commands of one turn of the event loop are sent together: each write to a socket costs more than a command.
  const redis = open({ maxRetriesPerRequest: RETRIES, together: true });
  tellOutages(redis, { log });
  // Without a ready check: a subscription that overtakes its INFO lets the check fail, and the connection with it.
  const subscriber = open({ maxRetriesPerRequest: null, enableReadyCheck: false });
  const store = answeredStore(
    createRedisStore({
      ...{ redis, log, prefix, shards },
      watchers: new Watchers(subscriber, log),
      archiving: deps.archive !== undefined,
    }),
  );
  const timetable = createRedisTimetable({
    ...{ redis, clock, timers, log, prefix, shards, lockMs, heartbeatMs },
    onError: faults.tell,
    connectWorkers: () => open({ maxRetriesPerRequest: null, together: true }),
    lanes: deps.kinds ?? [],
    concurrency: deps.settings.concurrency,
    stopGraceMs: deps.settings.stopGraceMs ?? 10_000,
  });
  const time =
    clock instanceof SharedClock
      ? new RedisTime({ redis, key: shardKeys(prefix, 0).next, clock, timers, log })
      : undefined;
  const allShards = Array.from({ length: shards }, (_, index) => shardKeys(prefix, index));
  // In a cluster any of its masters may be full, or have users of its own; where there is one server, one shard is like another.
  const tried = target.mode === 'cluster' ? allShards : allShards.slice(0, 1);
  /** A user that lacks a right is told of at the start, and not by each request that needs it. */
  const checkRights = async (): Promise<void> => {
    const refusals = await tryWrites(redis, tried);
    for (const refusal of refusals) {
      if (refusal.isForbidden) throw new RedisAccessError(refusal.message, { cause: refusal });
      log.warn({ reason: refusal.message }, 'Redis takes no writes');
    }
    // To take a job is a write, which would be refused for the same reason.
    const clients = { redis, subscriber, takesWrites: refusals.length === 0 };
    const lacking = await tryListening(clients, shardKeys(prefix, 0), changedPattern(prefix));
    if (lacking.length > 0) throw new RedisAccessError(lackOf(lacking));
  };
  // The policy can be changed while the server runs, which INFO tells as well as that it answers; that it takes writes, it does not.
  const look = async (): Promise<StoreProblems> => {
    const infos = await infoOfMasters(redis, 'memory');
    const refusals = await tryWrites(redis, tried);
    return {
      reasons: [...new Set(infos.flatMap(evictionProblems))],
      refusals: refusals.map(({ message }) => message),
    };
  };
  let looking: Promise<StoreProblems | 'late'> | undefined;
  const ends: (() => void)[] = [];
  const breakOff = (): void => {
    for (const end of ends.splice(0)) end();
    time?.stop();
    timetable.breakOff();
    redis.disconnect();
    subscriber.disconnect();
  };
  const backend: Backend = {
    store,
    timetable,
    async open() {
      const { master } = target;
      const sentinels = connectToSentinels(target, silentMs);
      ends.push(keepPulse([subscriber, ...sentinels], { timers, silentMs }));
      if (master !== undefined) ends.push(leaveReplacedMasters({ master, connected, log, sentinels }));
      // The clients for clusters and for Sentinels look for a server for ever, and commands wait with them.
      const checks = checkServer(redis, log)
        .then(() => checkRights())
        .then(() => checkShards(redis, prefix, shards));
      try {
        if ((await within(checks, START_TIMEOUT_MS)) === 'late') throw new StartTimeoutError();
        await time?.start();
      } catch (error) {
        throw faults.explained(error);
      }
    },
    async close() {
      try {
        await timetable.close();
      } finally {
        breakOff();
      }
    },
    breakOff,
    isConnected: () => redis.status === 'ready',
    async problems() {
      // Whoever asks meanwhile has the same answer: it costs writes, and anybody may ask.
      looking ??= within(look(), silentMs * 2).finally(() => {
        looking = undefined;
      });
      try {
        const found = await within(looking, PING_TIMEOUT_MS);
        return found === 'late' ? { reasons: ['redis does not answer'], refusals: [] } : found;
      } catch (error) {
        const known = asRefusal(error);
        const isTold = known instanceof ClusterPartError || known instanceof StoreRefusalError;
        return { reasons: [isTold ? known.message : 'redis does not answer'], refusals: [] };
      }
    },
  };
  return createEngine(backend, deps);
}

/** The outcome of `work`, or `late` when it takes longer. */
async function within<Result>(work: Promise<Result>, timeoutMs: number): Promise<Result | 'late'> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(() => {
      resolve('late');
    }, timeoutMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
