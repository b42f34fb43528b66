import { LRUCache } from 'lru-cache';
import type { Log } from '../../platform/index.js';
import { runScript, script } from './client-script.js';
import { isList } from './codec.js';
import type { RedisClient } from './connect.js';
import { type ShardKeys, shardOf } from './keys.js';
import { StoreRefusalError } from '../store-errors.js';
import * as sources from './scripts.js';

const RESERVE = script(sources.RESERVE_PLACE);
const RELEASE = script(sources.RELEASE_PLACES);

/** A place is kept so long for a run that is not there yet, ms: its process may have died in between. */
const RESERVED_MS = 30_000;

/** For how long it is believed that all places of a namespace are taken, ms: until then a place that is given back elsewhere is not seen. */
const FULL_MS = 1_000;
/** Namespaces of which that is remembered. */
const MAX_REMEMBERED = 10_000;

/** A place that is taken: `score` is 0 once its run was made, before that when it was reserved. */
interface Taken {
  readonly id: string;
  readonly score: string;
}

/** What {@link NamespacePlaces} needs. */
interface NamespacePlacesOptions {
  readonly redis: RedisClient;
  readonly log: Log;
  readonly shards: readonly ShardKeys[];
  /** A clock that only goes on, ms. Default: that of the process. */
  readonly elapsedMs?: () => number;
}

/**
 * Counts the runs of a namespace where they are spread over several shards, which no script spans: a place is reserved for each in one
 * sorted set, in the shard of the namespace's name, before the run is made in its own. Nobody gives a place back when a run
 * ends: only when all seem taken is looked which of their runs go on. That is a look at each place, so what it found is believed for
 * a moment: a caller that comes again and again costs no more than a look at its id.
 */
export class NamespacePlaces {
  readonly #options: NamespacePlacesOptions;
  readonly #elapsedMs: () => number;
  /** Until when all places of a namespace are taken to be, by {@link NamespacePlacesOptions.elapsedMs}. */
  readonly #fullUntilMs = new LRUCache<string, number>({ max: MAX_REMEMBERED });
  /** Counts what {@link freed} was told, so that no look that began before it is believed. */
  #freed = 0;

  constructor(options: NamespacePlacesOptions) {
    this.#options = options;
    this.#elapsedMs = options.elapsedMs ?? (() => performance.now());
  }

  /** A run of the namespace has ended or is gone: whether its places are all taken is asked anew. */
  freed(namespace: string): void {
    this.#freed += 1;
    this.#fullUntilMs.delete(namespace);
  }

  /**
   * Makes a run in one of the `most` places of its namespace. `make` is told whether it has one, or is only to find what is there.
   * @returns what `make` does; undefined: all places are taken, and nothing was made.
   */
  async within<Result>(
    { id, namespace, nowMs }: { readonly id: string; readonly namespace: string; readonly nowMs: number },
    most: number,
    make: (mayBeNew: boolean) => Promise<Result>,
  ): Promise<Result | undefined> {
    const { redis } = this.#options;
    // The fraction tells this reservation from every other.
    const score = String(nowMs + Math.random());
    const reserved = this.#isFull(namespace)
      ? undefined
      : await this.#reserve(namespace, [id, score, most], nowMs);
    // One that is there already is only told again, whoever has the places.
    if (reserved === undefined && (await redis.exists(this.#shardOf(id).run(id))) === 0) return undefined;
    let made: Result;
    try {
      made = await make(reserved !== undefined);
    } catch (error) {
      // A place that it had before may be that of a run that goes on. With any other error, and what a user may do in part, it may
      // have been made: then the next look tells.
      if (reserved === 'reserved' && error instanceof StoreRefusalError && !error.isForbidden) {
        await this.#quietly(this.#release(namespace, [{ id, score }]));
        this.freed(namespace);
      }
      throw error;
    }
    if (reserved !== undefined) await this.#quietly(redis.zadd(this.#keyOf(namespace), 0, id));
    return made;
  }

  #isFull(namespace: string): boolean {
    const untilMs = this.#fullUntilMs.get(namespace);
    return untilMs !== undefined && this.#elapsedMs() < untilMs;
  }

  /** `again`: it had a place before. Undefined: there is none, which is remembered. */
  async #reserve(
    namespace: string,
    args: readonly (string | number)[],
    nowMs: number,
  ): Promise<'reserved' | 'again' | undefined> {
    const [beganMs, freed] = [this.#elapsedMs(), this.#freed];
    const reserved = await this.#tryReserve(namespace, args, nowMs);
    if (reserved === undefined && freed === this.#freed) this.#fullUntilMs.set(namespace, beganMs + FULL_MS);
    return reserved;
  }

  async #tryReserve(
    namespace: string,
    args: readonly (string | number)[],
    nowMs: number,
  ): Promise<'reserved' | 'again' | undefined> {
    const { redis } = this.#options;
    const key = this.#keyOf(namespace);
    let reply = await runScript(redis, RESERVE, [key], [...args, '']);
    // Nobody has counted here yet, or not for long: runs may go on all the same.
    if (reply === 'unknown')
      reply = await runScript(redis, RESERVE, [key], [...args, 'known', ...(await this.#running(namespace))]);
    if (isList(reply)) {
      if (!(await this.#prune(namespace, takenOf(reply), nowMs))) return undefined;
      reply = await runScript(redis, RESERVE, [key], [...args, 'known']);
    }
    if (isList(reply)) return undefined;
    return reply === 'again' ? 'again' : 'reserved';
  }

  /** Gives back the places whose runs go on no more. True: there were some. */
  async #prune(namespace: string, taken: readonly Taken[], nowMs: number): Promise<boolean> {
    const { redis, shards } = this.#options;
    const old = taken.filter(({ score }) => Number(score) < nowMs - RESERVED_MS);
    const idle = await Promise.all(
      shards.map(async (keys) => {
        const here = old.filter(({ id }) => this.#shardOf(id) === keys);
        if (here.length === 0) return [];
        const goOn = await redis.smismember(keys.running(namespace), ...here.map(({ id }) => id));
        return here.filter((_, index) => goOn[index] === 0);
      }),
    );
    const left = idle.flat();
    if (left.length > 0) await this.#release(namespace, left);
    return left.length > 0;
  }

  /** Those whose score has changed are somebody else's by now. */
  #release(namespace: string, places: readonly Taken[]): Promise<unknown> {
    const args = places.flatMap(({ id, score }) => [id, score]);
    return runScript(this.#options.redis, RELEASE, [this.#keyOf(namespace)], args);
  }

  async #running(namespace: string): Promise<readonly string[]> {
    const { redis, shards } = this.#options;
    return (await Promise.all(shards.map((keys) => redis.smembers(keys.running(namespace))))).flat();
  }

  #keyOf(namespace: string): string {
    return this.#shardOf(namespace).places(namespace);
  }

  #shardOf(name: string): ShardKeys {
    const { shards } = this.#options;
    const keys = shards[shardOf(name, shards.length)];
    if (keys === undefined) throw new RangeError(`there is no shard for ${name}`);
    return keys;
  }

  /** What fails is made up for by the next look. */
  async #quietly(work: Promise<unknown>): Promise<void> {
    await work.catch((error: unknown) => {
      this.#options.log.debug({ err: error }, 'a place of a namespace is put right later');
    });
  }
}

/** Members and scores by turns. */
function takenOf(reply: readonly unknown[]): readonly Taken[] {
  const flat = reply.map(String);
  return flat.flatMap((id, index) => (index % 2 === 0 ? [{ id, score: flat[index + 1] ?? '' }] : []));
}
