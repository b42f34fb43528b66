import { setMaxListeners } from 'node:events';
import { type Job, Queue, Worker } from 'bullmq';
import { type Clock, type Log, pause, type Timers } from '../../platform/index.js';
import { OTHER_LANE } from '../lane.js';
import type { Tick, TickHandler, Timetable } from '../timetable-port.js';
import { lookId } from '../tick-id.js';
import type { RedisClient } from './connect.js';
import { DueBell } from './due-bell.js';
import { Heartbeats } from './heartbeats.js';
import { type JobData, jobOf, ticksOf } from './job.js';
import { looksUnderWay } from './looks-under-way.js';
import { shardKeys, shardOf } from './keys.js';
import { type TickGroup, TickGroups } from './tick-groups.js';
import { TickRunner } from './tick-runner.js';
import { backendOnClock } from './worker-clock.js';

/** Name of the job that only proves that jobs are run. */
const HEARTBEAT = 'heartbeat';
/** When a worker asks again after Redis has failed it, ms. BullMQ's own 15 s would add as much to every outage. */
const RETRY_MS = 500;
/** Most ticks of a job: one process takes all of them. */
const MOST_TICKS = 16;
/** What sweepers add within so many ms is one. */
const REPAIR_MS = 30_000;
/** A job that kills its worker each time is given up after so many; the sweeper then makes a new one. */
const MAX_STALLED = 3;

/** How long a worker that stops waits for Redis once its measurements are over, ms. */
const LAST_ANSWERS_MS = 1_500;

/** What a {@link createRedisTimetable} is made of. Times in ms. */
interface RedisTimetableOptions {
  /** For adding jobs: fails fast while Redis is away. */
  readonly redis: RedisClient;
  /** Opens a connection for workers: waits for Redis for ever. */
  readonly connectWorkers: () => RedisClient;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
  /** Told of each error of a queue, most of which are those of their connections. */
  readonly onError: (error: Error) => void;
  readonly prefix: string;
  readonly shards: number;
  /** Lanes beside {@link OTHER_LANE}, which takes the ticks of all that are not named. */
  readonly lanes: readonly string[];
  /** Ticks run at once in each lane. */
  readonly concurrency: number;
  readonly stopGraceMs: number;
  /** How long a job stays with a worker that does not answer any more. */
  readonly lockMs: number;
  /** Time between heartbeats. */
  readonly heartbeatMs: number;
}

/** How the timetable ends, once it has stopped. */
interface Closing {
  close(): Promise<void>;
  /** Ends the connection of the workers, who then wait for no answer any more. */
  breakOff(): void;
}

/** A queue: the ticks of one lane whose runs are in one shard. */
interface LaneQueue {
  readonly index: number;
  readonly name: string;
  readonly prefix: string;
  readonly queue: Queue<JobData>;
}

/**
 * Ticks as one-shot delayed BullMQ jobs, a queue for each lane and shard. The queue only wakes: ids make repetitions
 * harmless, nothing is retried by it, and what it loses the sweeper finds.
 */
export function createRedisTimetable(options: RedisTimetableOptions): Timetable & Closing {
  const { redis, connectWorkers, clock, timers, log, shards, concurrency, stopGraceMs, onError } = options;
  const lanes = openQueues(options);
  const queues = [...lanes.values()].flat();
  const workers: Worker<JobData>[] = [];
  let connection: RedisClient | undefined;
  const abort = new AbortController();
  // Each running measurement listens; Node would take more than ten for a leak.
  setMaxListeners(0, abort.signal);
  const runners: TickRunner[] = [];
  const places = Math.ceil(concurrency / shards);
  const heartbeats = new Heartbeats({ ...options, queues: queues.length, places }, async (index, id) =>
    queues[index]?.queue.add(HEARTBEAT, {}, { jobId: id }),
  );

  // One for each shard, which may be on a server of its own; the command is any that goes there.
  const bells = Array.from({ length: shards }, (_, shard) => {
    const { next } = shardKeys(options.prefix, shard);
    return new DueBell(options, () => {
      redis.exists(next).catch(onError);
    });
  });
  const queueOf = ({ lane, run }: Pick<Tick, 'lane' | 'run'>): LaneQueue => {
    const found = (lanes.get(lane) ?? lanes.get(OTHER_LANE))?.[shardOf(run, shards)];
    if (found === undefined) throw new RangeError(`there is no queue for run ${run}`);
    return found;
  };
  const add = async ({ queue, index }: LaneQueue, { ticks, dueAtMs }: TickGroup): Promise<void> => {
    const timestamp = clock.nowMs();
    const delay = Math.max(0, dueAtMs - timestamp);
    const { id, data } = jobOf(ticks);
    // A second one with its id changes nothing.
    await queue.add('tick', data, { jobId: id, delay, timestamp });
    bells[index % shards]?.set(dueAtMs);
  };
  const schedule = (tick: Tick, dueAtMs: number): Promise<void> =>
    add(queueOf(tick), { ticks: [tick], dueAtMs });
  const groups = queues.map(
    (each) =>
      new TickGroups(
        {
          most: Math.min(MOST_TICKS, places),
          add: (group) => add(each, group),
          reduce(ticks, left) {
            // One with a job of its own may be the other process's, which has the same id.
            if (ticks.length === 1) return;
            reduceGroup(each.queue, ticks, left).catch((error: unknown) => {
              log.debug({ err: error }, 'a tick that another process has scheduled comes twice');
            });
          },
        },
        { clock, timers },
      ),
  );
  const startWorker = (
    { index, name, prefix }: LaneQueue,
    shared: RedisClient,
    handler: TickHandler,
  ): Worker<JobData> => {
    const signal = abort.signal;
    const runner = new TickRunner({ clock, timers, log, places, handler, signal, schedule });
    runners.push(runner);
    const worker = new Worker<JobData>(
      name,
      async (job) => {
        heartbeats.began(index);
        try {
          await runner.run(ticksOf(job.data), (left) => reduceJob(job, left));
        } finally {
          heartbeats.ended(index);
        }
      },
      {
        connection: shared,
        prefix,
        concurrency: places,
        lockDuration: options.lockMs,
        stalledInterval: options.lockMs / 2,
        maxStalledCount: MAX_STALLED,
        runRetryDelay: RETRY_MS,
        removeOnComplete: { count: 0 },
        removeOnFail: { count: 0 },
        autorun: false,
      },
      backendOnClock(clock),
    );
    worker.on('error', onError);
    worker.on('failed', (job, error) => {
      if (abort.signal.aborted) return;
      const [{ run, metric } = {}] = job === undefined ? [] : ticksOf(job.data);
      log.error({ err: error, run, metric }, 'tick failed; the sweeper will repeat it');
    });
    worker.run().catch((error: unknown) => {
      log.error({ err: error }, 'worker has ended');
    });
    return worker;
  };

  return {
    schedule,
    scheduleNext(tick, dueAtMs, also) {
      const group = groups[queueOf(tick).index];
      if (group === undefined) throw new RangeError(`there are no groups for run ${tick.run}`);
      return group.schedule(tick, dueAtMs, also);
    },
    // A process that dies leaves it to a sweeper no later than a job would come back.
    heldMs: options.lockMs / 3,
    reserve: (tick) => runners[queueOf(tick).index]?.reserve(),
    async repair(ticks) {
      const nowMs = clock.nowMs();
      const byQueue = new Map<LaneQueue, ReadonlySet<string>>();
      for (const each of new Set(ticks.map(queueOf)))
        byQueue.set(each, await looksUnderWay(each.queue, nowMs));
      // Sweepers share it, and no job that ends later has it.
      const againAtMs = Math.floor(nowMs / REPAIR_MS) * REPAIR_MS;
      for (const tick of ticks)
        if (byQueue.get(queueOf(tick))?.has(lookId(tick)) !== true)
          await schedule({ ...tick, againAtMs }, nowMs);
    },
    placesOf: (tick) => ({ queue: String(queueOf(tick).index), places }),
    async work(handler) {
      // One connection for the commands of all workers, so that what is due together goes together; each waits on its own.
      const shared = (connection ??= connectWorkers());
      for (const each of queues) workers.push(startWorker(each, shared, handler));
      await Promise.all(workers.map((worker) => worker.waitUntilReady()));
      heartbeats.start();
    },
    async stop() {
      heartbeats.stop();
      for (const runner of runners) runner.stop();
      const done = new AbortController();
      const ending = [
        ...workers.map((worker) => worker.close()),
        ...runners.map((runner) => runner.hereEnded()),
      ];
      // One that can not be closed keeps nothing else from being broken off and handed over.
      const failures: unknown[] = [];
      const told = ending.map((end) => end.catch((error: unknown) => failures.push(error)));
      const closed = Promise.all(told).then(() => 'closed' as const);
      await Promise.race([closed, pause(timers, stopGraceMs, done.signal)]);
      abort.abort();
      if ((await Promise.race([closed, pause(timers, LAST_ANSWERS_MS, done.signal)])) === 'late') {
        // Without Redis there is nobody to be told that a job is done, and a worker would wait for that for ever.
        log.warn('Redis is away: workers are let go, and what they had is taken again by others');
        connection?.disconnect();
        await Promise.race([closed, pause(timers, LAST_ANSWERS_MS, done.signal)]);
      }
      done.abort();
      // What was broken off is due now: another process takes it at once and does not wait for the sweeper.
      const interrupted = runners.flatMap((runner) => runner.takeInterrupted());
      const again = interrupted.map((tick) => schedule(tick, clock.nowMs()));
      for (const { reason } of await Promise.allSettled(again).then((all) => all.filter(isRejected)))
        log.warn({ err: reason }, 'what was broken off waits for the sweeper of another process');
      if (failures.length > 0) throw failures[0];
    },
    health: () => Promise.resolve(heartbeats.health()),
    async depth() {
      const counts = await Promise.all(
        queues.map(({ queue }) => queue.getJobCounts('waiting', 'delayed', 'active')),
      );
      const sum = (state: string): number => counts.reduce((total, count) => total + (count[state] ?? 0), 0);
      return { waiting: sum('waiting'), delayed: sum('delayed'), active: sum('active') };
    },
    breakOff() {
      connection?.disconnect();
    },
    async close() {
      for (const bell of bells) bell.close();
      await Promise.all(queues.map(({ queue }) => queue.close()));
      connection?.disconnect();
    },
  };
}

/** The queues of each lane, by shard. */
function openQueues({
  redis,
  prefix,
  shards,
  lanes,
  onError,
}: RedisTimetableOptions): ReadonlyMap<string, readonly LaneQueue[]> {
  const names = [...new Set([...lanes, OTHER_LANE])];
  return new Map(
    names.map((lane, laneIndex) => [
      lane,
      Array.from({ length: shards }, (_, shard) => {
        const name = `ticks-${lane}`;
        const { prefix: shardPrefix } = shardKeys(prefix, shard);
        const queue = new Queue<JobData>(name, {
          connection: redis,
          prefix: shardPrefix,
          // Checked once at the start already, and told there: BullMQ would write to the console, for each queue.
          skipVersionCheck: true,
          streams: { events: { maxLen: 100 } },
          defaultJobOptions: { attempts: 1, removeOnComplete: true, removeOnFail: true },
        });
        queue.on('error', onError);
        return { index: laneIndex * shards + shard, name, prefix: shardPrefix, queue };
      }),
    ]),
  );
}

/** Leaves in a job only some of its ticks. */
const reduceJob = (job: Job<JobData>, left: readonly Tick[]): Promise<void> =>
  job.updateData({ ticks: left });

async function reduceGroup(
  queue: Queue<JobData>,
  ticks: readonly Tick[],
  left: readonly Tick[],
): Promise<void> {
  const job: Job<JobData> | undefined = await queue.getJob(jobOf(ticks).id);
  if (job !== undefined) await reduceJob(job, left);
}

const isRejected = (outcome: PromiseSettledResult<unknown>): outcome is PromiseRejectedResult =>
  outcome.status === 'rejected';
