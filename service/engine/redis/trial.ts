import { runScript, script } from './client-script.js';
import { isList } from './codec.js';
import type { RedisClient } from './connect.js';
import type { ShardKeys } from './keys.js';
import { StoreRefusalError } from '../store-errors.js';
import { asRefusal, isForbidden, lackOf } from './refusal.js';
import { TRIAL } from './trial-script.js';

const SCRIPT = script(TRIAL);

/** A key for each type that the script makes. */
const TYPES = ['string', 'hash', 'sorted-set', 'set', 'list', 'stream'] as const;

/** A command that failed when it was tried. */
interface Failure {
  readonly command: string;
  readonly error: Error;
}

/**
 * Tries each command that the service stores and schedules with, on throw-away keys of these shards. A user of few rights can not ask
 * which it has, and whether a server takes writes nothing tells but a write.
 * @returns why writes are refused, each reason once; empty: all are taken.
 * @throws StoreRefusalError when reads are refused as well; what the client throws when there is nobody.
 */
export async function tryWrites(
  redis: RedisClient,
  shards: readonly ShardKeys[],
): Promise<readonly StoreRefusalError[]> {
  const failures = (await Promise.all(shards.map((keys) => tryShard(redis, keys)))).flat();
  const lacking = new Set<string>();
  const refusals = new Map<string, StoreRefusalError>();
  for (const { command, error } of failures) {
    const refusal = asRefusal(error);
    if (isForbidden(error)) lacking.add(command);
    else if (refusal instanceof StoreRefusalError) refusals.set(refusal.message, refusal);
  }
  const lack = lacking.size === 0 ? [] : [new StoreRefusalError(lackOf([...lacking]), { isForbidden: true })];
  return [...lack, ...refusals.values()];
}

async function tryShard(redis: RedisClient, { trial }: ShardKeys): Promise<readonly Failure[]> {
  try {
    const keys = TYPES.map((type) => `${trial}:${type}`);
    const reply = await runScript(redis, SCRIPT, keys, [trial]);
    const flat = isList(reply) ? reply.map(String) : [];
    return flat.flatMap((command, index) =>
      index % 2 === 0 ? [{ command, error: new Error(flat[index + 1] ?? '') }] : [],
    );
  } catch (error) {
    // The script itself is refused.
    if (error instanceof StoreRefusalError && error.readsGoOn && error.cause instanceof Error)
      return [{ command: 'eval, evalsha', error: error.cause }];
    throw error;
  }
}

/**
 * Tries what no script can: to listen to changes of runs, and to wait for a job.
 * @param takesWrites whether the server does: waiting for a job is tried only then, as it takes it.
 * @returns the commands that this user may not run.
 * @throws what the client throws when it is something else that is wrong.
 */
export async function tryListening(
  {
    redis,
    subscriber,
    takesWrites,
  }: { readonly redis: RedisClient; readonly subscriber: RedisClient; readonly takesWrites: boolean },
  { trial }: ShardKeys,
  pattern: string,
): Promise<readonly string[]> {
  const lacking: string[] = [];
  const attempts: Readonly<Record<string, () => Promise<unknown>>> = {
    subscribe: () => subscriber.subscribe(trial),
    unsubscribe: () => subscriber.unsubscribe(trial),
    psubscribe: () => subscriber.psubscribe(pattern),
    punsubscribe: () => subscriber.punsubscribe(pattern),
    ...(takesWrites ? { bzpopmin: () => redis.bzpopmin(`${trial}:sorted-set`, 0.001) } : {}),
  };
  for (const [command, attempt] of Object.entries(attempts)) {
    try {
      await attempt();
    } catch (error) {
      if (!(error instanceof Error) || !isForbidden(error)) throw error;
      lacking.push(command);
    }
  }
  return lacking;
}
