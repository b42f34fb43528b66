import { randomBytes } from 'node:crypto';
import type { Log } from '../../platform/index.js';
import { TooManyRunsError } from '../engine.js';
import { laneOf } from '../lane.js';
import { isAfter } from '../list-order.js';
import type { RunStore, StoredRun } from '../ports.js';
import { archiveDueMs } from '../archive-due.js';
import { createRedisBacklog } from './archive-backlog.js';
import { runScript, script } from './client-script.js';
import {
  decodeFields,
  decodeRun,
  encodeCompletion,
  encodeIdentity,
  encodeRun,
  encodeSeries,
  fixedOf,
  isList,
  readingRun,
  seriesHead,
  StoredDataError,
} from './codec.js';
import { encodeResult } from './compact-result.js';
import type { RedisClient } from './connect.js';
import { createRedisDeliveries, deliveryArguments } from './deliveries.js';
import { fromEach } from './from-each.js';
import { KnownRuns, otherHeads, withReply } from './known-runs.js';
import { NamespacePlaces } from './namespace-places.js';
import { changedPattern, idOfChanged, readSeriesMember, type ShardKeys, shardKeys, shardOf } from './keys.js';
import { newestOfIndex } from './newest-of-index.js';
import { createRemoval } from './removal.js';
import * as sources from './scripts.js';
import { createUnreadable } from './unreadable.js';
import type { Watchers } from './watchers.js';

const CREATE = script(sources.CREATE);
const COMMIT = script(sources.COMMIT);
const HOLD = script(sources.HOLD);
const POSTPONE = script(sources.POSTPONE);
const TERMINATE = script(sources.TERMINATE);
const FINISH = script(sources.FINISH);

/** When a series is looked at again whose run can not be read, ms: a newer version may be back then. */
const UNREADABLE_AGAIN_MS = 10 * 60_000;

/** What a {@link createRedisStore} is made of. */
interface RedisStoreOptions {
  readonly redis: RedisClient;
  readonly watchers: Watchers;
  readonly log: Log;
  /** First part of every key. */
  readonly prefix: string;
  /** Number of shards; the same in every process. */
  readonly shards: number;
  /** Whether runs that have ended are to be archived before they are forgotten. Default false. */
  readonly archiving?: boolean;
}

/** Runs in Redis: a hash each, and sorted sets to find them by. */
export function createRedisStore(options: RedisStoreOptions): RunStore {
  const { redis, watchers, log, prefix, shards, archiving = false } = options;
  const ifReadable = createUnreadable(log);
  const allShards = Array.from({ length: shards }, (_, index) => shardKeys(prefix, index));
  const keysOf = (id: string): ShardKeys => shardKeys(prefix, shardOf(id, shards));
  const known = new KnownRuns();
  const decode = (id: string, reply: unknown, readRun = known.readFixed): StoredRun | undefined =>
    reply === null
      ? undefined
      : readingRun(id, () => known.keep(decodeRun(id, decodeFields(reply), readRun)));
  const load = async (id: string): Promise<StoredRun | undefined> => {
    const fields = await redis.hgetall(keysOf(id).run(id));
    return readingRun(id, () => known.keep(decodeRun(id, new Map(Object.entries(fields)), known.readFixed)));
  };
  const look = async (id: string, metric: string): Promise<StoredRun | undefined> => {
    if (!known.has(id)) return load(id);
    const fields = ['is', 'term', 'done', `s:${metric}`];
    const [identity, term, done, series] = await redis.hmget(keysOf(id).run(id), ...fields);
    const recalled = readingRun(id, () => known.recall(id, metric, { identity, term, done, series }));
    return recalled ?? load(id);
  };
  const places = new NamespacePlaces({ redis, log, shards: allShards });
  const remove = createRemoval({
    ...{ redis, keysOf, ifReadable, load, decode, archiving },
    freed: (namespace) => {
      places.freed(namespace);
    },
  });
  return {
    ...createRedisDeliveries(redis, allShards, { keysOf, archiving }),
    ...createRedisBacklog(redis, allShards, keysOf),
    async create(run, { maxRunning, held: toBeHeld } = {}) {
      const { id, createdAtMs, completion, deliveries, series, document, ending = '' } = run;
      const keys = keysOf(id);
      const [text, identity] = [encodeRun(run), encodeIdentity(run)];
      const namespace = document.metadata?.namespace ?? '';
      // In one shard the script counts by itself.
      const isSpread = shards > 1 && maxRunning !== undefined && completion === undefined;
      const make = (limit: number | '') =>
        runScript(
          redis,
          CREATE,
          [
            ...[keys.run(id), keys.all, keys.namespace(namespace), keys.phases, keys.next, keys.expiry],
            ...[keys.outbox, keys.deliveries(id), keys.archive, keys.running(namespace)],
          ],
          [
            ...[id, createdAtMs, keys.changed(id), text],
            completion === undefined ? '' : encodeCompletion(completion),
            ...[completion?.status.phase ?? 'Running', completion?.expiresAtMs ?? 0, ending],
            ...[identity, archiving ? archiveDueMs(createdAtMs, deliveries) : '', limit],
            ...[deliveries.length, ...deliveryArguments(deliveries)],
            ...[...series].flatMap(([metric, dueAtMs]) => [
              ...[metric, dueAtMs],
              toBeHeld?.metrics.has(metric) === true ? toBeHeld.untilMs : dueAtMs,
            ]),
          ],
        );
      const reply = isSpread
        ? await places.within({ id, namespace, nowMs: createdAtMs }, maxRunning, (mayBeNew) =>
            make(mayBeNew ? '' : 0),
          )
        : await make(maxRunning ?? '');
      const [created, fields, held] = isList(reply) ? reply : [];
      if (created === 2 || reply === undefined) throw new TooManyRunsError(namespace, maxRunning ?? 0);
      // What was written just now is not read again.
      const stored = decode(id, fields, (id, itsIdentity, itsText) =>
        itsIdentity === identity && itsText === text
          ? fixedOf(run)
          : known.readFixed(id, itsIdentity, itsText),
      );
      if (stored === undefined) throw new StoredDataError(`run ${id} was created and is not there`);
      return { created: created === 1, run: stored, held: new Set(isList(held) ? held.map(String) : []) };
    },
    load,
    async loadEach(ids) {
      const runs = await Promise.all(ids.map((id) => ifReadable(id, load(id))));
      return runs.map((run) => (run === 'unreadable' ? undefined : run));
    },
    look,
    async commit({ run, metric, seq, result, nextAtMs, nowMs, deliveries }) {
      const { id } = run;
      const keys = keysOf(id);
      const reply = await runScript(
        redis,
        COMMIT,
        [keys.run(id), keys.next, keys.outbox, keys.deliveries(id)],
        [
          ...[id, encodeIdentity(run), metric, seq, nextAtMs, encodeResult(result), keys.changed(id)],
          ...[run.ending ?? '', nowMs],
          ...[deliveries.length, ...deliveryArguments(deliveries), ...otherHeads(run, metric)],
        ],
      );
      if (reply === null) return undefined;
      const after = withReply(run, metric, reply);
      const dueAtMs = after.ending === run.ending ? nextAtMs : nowMs;
      const series = new Map(after.series).set(metric, { seq: seq + 1, nextAtMs: dueAtMs, result });
      return known.keep({ ...after, series });
    },
    async hold(run, metric, untilMs) {
      const { id, series } = run;
      const state = series.get(metric);
      if (state === undefined) return;
      const keys = keysOf(id);
      const args = [id, encodeIdentity(run), metric, seriesHead(state), untilMs];
      await runScript(redis, HOLD, [keys.run(id), keys.next], args);
    },
    async postpone(run, metric, seq, nextAtMs) {
      const { id } = run;
      const keys = keysOf(id);
      const args = [id, encodeIdentity(run), metric, seq, nextAtMs];
      await runScript(redis, POSTPONE, [keys.run(id), keys.next], args);
    },
    async end(id, reason, nowMs, only) {
      const keys = keysOf(id);
      const identity = only === undefined ? '' : encodeIdentity(only);
      const args = [id, nowMs, keys.changed(id), reason, identity];
      return decode(id, await runScript(redis, TERMINATE, [keys.run(id), keys.next], args));
    },
    async finish(run, results, completion, deliveries, nowMs) {
      const { id, series } = run;
      const keys = keysOf(id);
      const ended = await runScript(
        redis,
        FINISH,
        [
          ...[keys.run(id), keys.next, keys.phases, keys.expiry, keys.outbox, keys.deliveries(id)],
          ...[keys.archive, keys.running(run.document.metadata?.namespace ?? '')],
        ],
        [
          ...[id, encodeIdentity(run), encodeCompletion(completion)],
          ...[completion.status.phase, completion.expiresAtMs],
          ...[keys.changed(id), randomBytes(6).toString('base64url')],
          ...[archiving ? archiveDueMs(nowMs, deliveries) : '', run.ending ?? ''],
          ...[deliveries.length, ...deliveryArguments(deliveries)],
          ...[...series].flatMap(([metric, { seq, nextAtMs, result: before }]) => {
            const result = results.get(metric);
            const changed = result !== undefined && result !== before;
            return [metric, seq, changed ? encodeSeries(seq, nextAtMs, result) : ''];
          }),
        ],
      );
      if (ended !== 'finished' && ended !== 'moved' && ended !== 'over')
        throw new StoredDataError(`run ${id} could not be completed`);
      places.freed(run.document.metadata?.namespace ?? '');
      return ended;
    },
    remove: (id) => remove(id),
    removeExpired: async (id, againAtMs, nowMs) => (await remove(id, againAtMs, nowMs)) !== undefined,
    async ids(namespace, limit, after) {
      const pages = await Promise.all(
        allShards.map((keys) => {
          const index = namespace === undefined ? keys.all : keys.namespace(namespace);
          return newestOfIndex(redis, index, limit, after);
        }),
      );
      const entries = pages.flat().sort((one, other) => (isAfter(one, other) ? 1 : -1));
      return { entries: entries.slice(0, limit) };
    },
    async countByPhase() {
      const counts: Record<string, number> = {};
      for (const { phases } of allShards) {
        for (const [phase, count] of Object.entries(await redis.hgetall(phases)))
          counts[phase] = (counts[phase] ?? 0) + Number(count);
      }
      return counts;
    },
    async overdue(beforeMs, limit) {
      const members = await fromEach(allShards, limit, (keys, left) =>
        redis.zrangebyscore(keys.next, '-inf', beforeMs, 'LIMIT', 0, left),
      );
      const ticks = await Promise.all(
        members.map(async (member) => {
          const { id, metric } = readSeriesMember(member);
          const run = await ifReadable(id, look(id, metric));
          if (run === 'unreadable') {
            // Out of the way of the others, whose number in one round is limited.
            await redis.zadd(keysOf(id).next, 'XX', beforeMs + UNREADABLE_AGAIN_MS, member);
            return [];
          }
          const seq = run?.series.get(metric)?.seq;
          if (run === undefined || seq === undefined) return [];
          const lane = laneOf(run.document, metric);
          const { incarnation, ending } = run;
          return [{ run: id, incarnation, metric, lane, seq, terminating: ending !== undefined }];
        }),
      );
      return ticks.flat();
    },
    async countOverdue(beforeMs) {
      const counts = await Promise.all(allShards.map(({ next }) => redis.zcount(next, '-inf', beforeMs)));
      return counts.reduce((sum, count) => sum + count, 0);
    },
    expired: (nowMs, limit) =>
      fromEach(allShards, limit, (keys, left) =>
        redis.zrangebyscore(keys.expiry, '-inf', nowMs, 'LIMIT', 0, left),
      ),
    watch: (id, listener) => watchers.add(keysOf(id).changed(id), listener),
    watchAll: (listener, onLost) =>
      watchers.addAll(
        changedPattern(prefix),
        (channel, message) => {
          listener(idOfChanged(channel), message === sources.PROGRESS);
        },
        onLost,
      ),
  };
}
