import { redeliverableUntilMs } from '../delivery-state.js';
import type { StoredRun } from '../ports.js';
import { runScript, script } from './client-script.js';
import { decodeDelivery, encodeIdentity, isList, readingRun } from './codec.js';
import type { RedisClient } from './connect.js';
import type { ShardKeys } from './keys.js';
import * as sources from './scripts.js';
import type { createUnreadable } from './unreadable.js';

const REMOVE = script(sources.REMOVE);

/** What a {@link createRemoval} needs of the store. */
interface RemovalOptions {
  readonly redis: RedisClient;
  readonly keysOf: (id: string) => ShardKeys;
  readonly ifReadable: ReturnType<typeof createUnreadable>;
  readonly load: (id: string) => Promise<StoredRun | undefined>;
  readonly decode: (id: string, reply: unknown) => StoredRun | undefined;
  /** Told of a namespace that has one run less that goes on. */
  readonly freed: (namespace: string) => void;
  /** Whether runs that have ended are to be archived before they are forgotten. */
  readonly archiving: boolean;
}

/** Forgets runs that are in Redis, with all that is stored of them. */
export function createRemoval({ redis, keysOf, ifReadable, load, decode, freed, archiving }: RemovalOptions) {
  const redeliverableUntil = async (
    run: StoredRun | undefined,
    nowMs: number,
  ): Promise<number | undefined> => {
    if (run === undefined || run.callbacks.length === 0) return undefined;
    const { id } = run;
    const read = async () => {
      const texts = Object.values(await redis.hgetall(keysOf(id).deliveries(id)));
      return readingRun(id, () => texts.map(decodeDelivery));
    };
    const deliveries = await ifReadable(id, read());
    return deliveries === 'unreadable' ? undefined : redeliverableUntilMs(deliveries, nowMs);
  };
  /** @param keepUntilMs when given, a run with a pending delivery is kept, and expires then. */
  return async (
    id: string,
    keepUntilMs?: number,
    nowMs?: number,
  ): Promise<StoredRun | 'unreadable' | undefined> => {
    const keys = keysOf(id);
    const before = await ifReadable(id, load(id));
    if (nowMs !== undefined && before !== 'unreadable') {
      if (isKept(before, nowMs)) return undefined;
      const untilMs = await redeliverableUntil(before, nowMs);
      if (untilMs !== undefined) {
        await redis.zadd(keys.expiry, 'XX', untilMs, id);
        return undefined;
      }
    }
    const namespace =
      before === 'unreadable'
        ? namespaceIn(await redis.hget(keys.run(id), 'run'))
        : (before?.document.metadata?.namespace ?? '');
    const last = await runScript(
      redis,
      REMOVE,
      [
        ...[keys.run(id), keys.next, keys.phases, keys.expiry, keys.outbox, keys.all],
        ...[keys.namespace(namespace), keys.deliveries(id), keys.archive, keys.running(namespace)],
      ],
      [
        ...[id, keys.changed(id), keepUntilMs ?? '', archiving ? (nowMs ?? '') : ''],
        before === 'unreadable' ? '' : before === undefined ? 'none' : encodeIdentity(before),
      ],
    );
    if (before === 'unreadable' || before?.completion === undefined) freed(namespace);
    // Nothing left of a run that was there: the reply that said so got lost, or somebody else was first.
    if (last === null || before === 'unreadable' || !isList(last) || last.length === 0)
      return last === null ? undefined : before;
    return ifReadable(
      id,
      Promise.resolve(last).then((fields) => decode(id, fields)),
    );
  };
}

/** Whether the time of a run is not up: it took the id of one that expired and was removed meanwhile. */
const isKept = (run: StoredRun | undefined, nowMs: number): boolean =>
  run !== undefined && (run.completion === undefined || run.completion.expiresAtMs > nowMs);

/** The namespace that the field `run` names, whatever else it is: '' if it names none that can be found. */
function namespaceIn(text: string | null): string {
  try {
    const { document } = JSON.parse(text ?? '{}') as { document?: { metadata?: { namespace?: string } } };
    return document?.metadata?.namespace ?? '';
  } catch {
    // Its entry in the index of its namespace stays behind and leads nowhere; listings leave it out.
    return '';
  }
}
