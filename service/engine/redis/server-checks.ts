import type { Log } from '../../platform/index.js';
import type { RedisClient } from './connect.js';
import { infoOfMasters } from './masters.js';

/** Redis can not be used as it is set up. `problems` has every reason. */
export class RedisSetupError extends Error {
  override readonly name = 'RedisSetupError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`Redis can not be used:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
    this.problems = problems;
  }
}

/**
 * Checks of every server that keeps runs, at start, what would otherwise lose runs later: version 6.2 or newer, and `noeviction`, as a Redis that evicts
 * keys forgets runs. Warns when nothing is written to disk.
 * @throws RedisSetupError
 */
export async function checkServer(redis: RedisClient, log: Log): Promise<void> {
  const infos = await infoOfMasters(redis);
  const problems = new Set(infos.flatMap((info) => [...versionProblems(info), ...evictionProblems(info)]));
  if (problems.size > 0) throw new RedisSetupError([...problems]);
  if (infos.some((info) => infoField(info, 'aof_enabled') === '0'))
    log.warn('Redis has no append-only file: a restart of it loses runs (set appendonly yes)');
}

/**
 * Checks that runs are spread over as many shards as they were at the first start, which is noted in Redis: a run is found by
 * this number, so that with another one it would be lost without a word.
 * @throws RedisSetupError
 */
export async function checkShards(redis: RedisClient, prefix: string, shards: number): Promise<void> {
  const key = `${prefix}:shards`;
  // Written once only: a Redis that takes no writes lets its runs be read all the same.
  if ((await redis.get(key)) === null) await redis.setnx(key, shards);
  const noted = await redis.get(key);
  if (noted === null || noted === String(shards)) return;
  throw new RedisSetupError([
    `ASSAY_QUEUE_SHARDS is ${shards} and the runs in this Redis are spread over ${noted}: every process must have the same number.`,
    `To change it, let running runs end, stop every process and delete the key ${key}; runs of before are not found any more.`,
  ]);
}

/** What is wrong with the eviction policy, by the text of INFO: managed servers forbid CONFIG. */
export function evictionProblems(info: string): readonly string[] {
  const policy = infoField(info, 'maxmemory_policy');
  if (policy === undefined || policy === 'noeviction') return [];
  return [`maxmemory-policy is ${policy} and must be noeviction: an evicted key is a lost run`];
}

function versionProblems(info: string): readonly string[] {
  const version = infoField(info, 'redis_version') ?? '0';
  return isAtLeast(version, 6, 2) ? [] : [`version ${version} is too old: 6.2 or newer is needed`];
}

const infoField = (info: string, name: string): string | undefined =>
  new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1];

function isAtLeast(version: string, major: number, minor: number): boolean {
  const [ownMajor = 0, ownMinor = 0] = version.split('.').map(Number);
  return ownMajor > major || (ownMajor === major && ownMinor >= minor);
}
