import { setMaxListeners } from 'node:events';
import { Queue, Worker } from 'bullmq';
import type { Clock, Log } from '../../platform/index.js';
import type { Tick, TickHandler, Timetable } from '../ports.js';
import { tickId } from '../tick-id.js';
import { pause, type Timers } from '../timers.js';
import type { RedisClient } from './connect.js';
import { Heartbeats } from './heartbeats.js';
import { shardKeys, shardOf } from './keys.js';

/** Name of the queue of each shard; the shard is in the prefix. */
const QUEUE = 'ticks';
/** Name of the job that only proves that jobs are run. */
const HEARTBEAT = 'heartbeat';
/** A job that kills its worker each time is given up after so many; the sweeper then makes a new one. */
const MAX_STALLED = 3;

/** What a {@link createRedisTimetable} is made of. Times in ms. */
interface RedisTimetableOptions {
  /** For adding jobs: fails fast while Redis is away. */
  readonly redis: RedisClient;
  /** Opens a connection for a worker: waits for Redis for ever. */
  readonly connectWorker: () => RedisClient;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
  readonly prefix: string;
  readonly shards: number;
  readonly concurrency: number;
  readonly stopGraceMs: number;
  /** How long a job stays with a worker that does not answer any more. */
  readonly lockMs: number;
  /** Time between heartbeats. */
  readonly heartbeatMs: number;
}

/** Data of a job: which series to look at, and nothing that could be old. */
type JobData = Tick | Record<string, never>;

/**
 * Ticks as one-shot delayed BullMQ jobs, a queue each shard. The queue only wakes: ids make repetitions harmless,
 * nothing is retried by it, and what it loses the sweeper finds.
 */
export function createRedisTimetable(options: RedisTimetableOptions): Timetable & { close(): Promise<void> } {
  const { redis, connectWorker, clock, timers, log, prefix, shards, concurrency, stopGraceMs } = options;
  const connections: RedisClient[] = [];
  const onError = (error: Error): void => {
    log.warn({ err: error }, 'queue error');
  };
  const queues = Array.from({ length: shards }, (_, index) => {
    const queue = new Queue<JobData>(QUEUE, {
      connection: redis,
      prefix: shardKeys(prefix, index).prefix,
      streams: { events: { maxLen: 100 } },
      defaultJobOptions: { attempts: 1, removeOnComplete: true, removeOnFail: true },
    });
    queue.on('error', onError);
    return queue;
  });
  const workers: Worker<JobData>[] = [];
  const abort = new AbortController();
  // Each running measurement listens; Node would take more than ten for a leak.
  setMaxListeners(0, abort.signal);
  const interrupted: Tick[] = [];
  const heartbeats = new Heartbeats({ ...options, queues: shards }, (shard, id) =>
    queueAt(shard).add(HEARTBEAT, {}, { jobId: id }),
  );

  const queueAt = (shard: number): Queue<JobData> => {
    const queue = queues[shard];
    if (queue === undefined) throw new RangeError(`there is no shard ${shard}`);
    return queue;
  };
  const schedule = async (tick: Tick, dueAtMs: number): Promise<void> => {
    const delay = Math.max(0, dueAtMs - clock.nowMs());
    await queueAt(shardOf(tick.run, shards)).add('tick', tick, { jobId: tickId(tick), delay });
  };
  const startWorker = (shard: number, handler: TickHandler): Worker<JobData> => {
    const connection = connectWorker();
    connections.push(connection);
    const worker = new Worker<JobData>(
      QUEUE,
      async ({ data }) => {
        heartbeats.ran(shard);
        if (!isTick(data)) return;
        try {
          await handler(data, abort.signal);
        } catch (error) {
          if (abort.signal.aborted) interrupted.push(data);
          throw error;
        }
      },
      {
        connection,
        prefix: shardKeys(prefix, shard).prefix,
        concurrency,
        lockDuration: options.lockMs,
        stalledInterval: options.lockMs / 2,
        maxStalledCount: MAX_STALLED,
        removeOnComplete: { count: 0 },
        removeOnFail: { count: 0 },
        autorun: false,
      },
    );
    worker.on('error', onError);
    worker.on('failed', (job, error) => {
      if (abort.signal.aborted) return;
      const { run, metric } = job !== undefined && isTick(job.data) ? job.data : {};
      log.error({ err: error, run, metric }, 'tick failed; the sweeper will repeat it');
    });
    worker.run().catch((error: unknown) => {
      log.error({ err: error }, 'worker has ended');
    });
    return worker;
  };

  return {
    schedule,
    async work(handler) {
      for (let shard = 0; shard < shards; shard++) workers.push(startWorker(shard, handler));
      await Promise.all(workers.map((worker) => worker.waitUntilReady()));
      heartbeats.start();
    },
    async stop() {
      heartbeats.stop();
      const done = new AbortController();
      const closed = Promise.all(workers.map((worker) => worker.close()));
      await Promise.race([closed, pause(timers, stopGraceMs, done.signal)]);
      done.abort();
      abort.abort();
      await closed;
      // What was broken off is due now: another process takes it at once and does not wait for the sweeper.
      await Promise.all(interrupted.splice(0).map((tick) => schedule(tick, clock.nowMs())));
    },
    health: () => Promise.resolve(heartbeats.health()),
    async depth() {
      const counts = await Promise.all(
        queues.map((queue) => queue.getJobCounts('waiting', 'delayed', 'active')),
      );
      const sum = (state: string): number => counts.reduce((total, count) => total + (count[state] ?? 0), 0);
      return { waiting: sum('waiting'), delayed: sum('delayed'), active: sum('active') };
    },
    async close() {
      await Promise.all(queues.map((queue) => queue.close()));
      for (const connection of connections) connection.disconnect();
    },
  };
}

const isTick = (data: JobData): data is Tick => 'run' in data;
