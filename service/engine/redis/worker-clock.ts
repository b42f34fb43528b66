import { type BackendFactory, createRedisBackend, type RedisQueueBackend } from 'bullmq';
import { type Clock, systemClock } from '../../platform/index.js';
import { isList } from './codec.js';

/** Commands by which a BullMQ worker takes its next job, and where among their arguments it says what time it is. */
const TIME_AT: ReadonlyMap<string, number> = new Map([
  ['moveToActive', 12],
  ['moveToFinished', 15],
]);
/** Where their answer says when the next delayed job is due. */
const NEXT_DUE_AT = 3;
/** The time that stands there is no older, ms: a command is sent at once. */
const FRESH_MS = 60_000;

/**
 * BullMQ's access to Redis for a worker, on a clock that is not the machine's. BullMQ reads the machine's only, and a worker whose clock
 * is five minutes fast would take every job five minutes early: Redis is told the time of `clock`, and the times that it gives back are
 * told to BullMQ as the machine's.
 */
export const backendOnClock =
  (clock: Clock): BackendFactory<RedisQueueBackend> =>
  (name, options, kind) => {
    const backend = createRedisBackend(name, options, kind);
    const send = backend.execCommand.bind(backend);
    const wait = backend.waitForJob.bind(backend);
    const aheadMs = (): number => systemClock.nowMs() - clock.nowMs();
    backend.execCommand = async (client, command, args: unknown[]): Promise<unknown> => {
      const at = TIME_AT.get(command);
      if (at === undefined) return send(client, command, args) as unknown;
      const reply: unknown = await send(
        client,
        command,
        args.with(at, timeOf(args[at], command) - aheadMs()),
      );
      if (!isList(reply) || Number(reply[NEXT_DUE_AT]) <= 0) return reply;
      return reply.with(NEXT_DUE_AT, Number(reply[NEXT_DUE_AT]) + aheadMs());
    };
    backend.waitForJob = async (timeout) => {
      const found = await wait(timeout);
      return found === null || found.score <= 0 ? found : { ...found, score: found.score + aheadMs() };
    };
    return backend;
  };

function timeOf(argument: unknown, command: string): number {
  if (typeof argument === 'number' && Math.abs(argument - systemClock.nowMs()) < FRESH_MS) return argument;
  throw new RangeError(`BullMQ's command ${command} does not say the time where it did`);
}
