import type { OutboxItem } from '../ports.js';

/** The keys of one shard. All have one hash tag, so that a script may touch them together in a Redis Cluster. */
export interface ShardKeys {
  /** Prefix of the shard's BullMQ keys. */
  readonly prefix: string;
  /** Hash of a run; see codec.ts for its fields. */
  run(id: string): string;
  /** Pub/sub channel that says that a run has changed. */
  changed(id: string): string;
  /** Sorted set of {@link seriesMember} by the time the series wants to be looked at. */
  readonly next: string;
  /** Sorted set of ids of all runs by creation. */
  readonly all: string;
  /** Sorted set of ids of the runs of a namespace by creation. */
  namespace(name: string): string;
  /** Set of ids of the runs of a namespace that go on. */
  running(name: string): string;
  /** Sorted set of ids that have a place of a namespace, see NamespacePlaces. Of runs in any shard. */
  places(name: string): string;
  /** Hash: number of runs by phase. */
  readonly phases: string;
  /** Sorted set of ids of completed runs by the time they may be forgotten. */
  readonly expiry: string;
  /** Hash: the deliveries of a run by id; see codec.ts. */
  deliveries(id: string): string;
  /** Sorted set of {@link outboxMember} of pending deliveries by the time they are handed out. */
  readonly outbox: string;
  /** Sorted set of ids of completed runs that are to be archived by when they are due. */
  readonly archive: string;
  /** First part of throw-away keys, and a channel, on which commands are tried. */
  readonly trial: string;
}

/** The keys of shard `index` under a prefix such as `assay`. */
export function shardKeys(prefix: string, index: number): ShardKeys {
  const tag = `{${prefix}-${index}}`;
  return {
    prefix: tag,
    run: (id) => `${tag}:run:${id}`,
    changed: (id) => `${tag}${CHANGED}${id}`,
    next: `${tag}:next`,
    all: `${tag}:all`,
    namespace: (name) => `${tag}:namespace:${name}`,
    running: (name) => `${tag}:running:${name}`,
    places: (name) => `${tag}:places:${name}`,
    phases: `${tag}:phases`,
    expiry: `${tag}:expiry`,
    deliveries: (id) => `${tag}:deliveries:${id}`,
    outbox: `${tag}:outbox`,
    archive: `${tag}:archive`,
    trial: `${tag}:trial`,
  };
}

const CHANGED = ':changed:';

/** Matches the channels of all runs under a prefix, see {@link ShardKeys.changed}. */
export const changedPattern = (prefix: string): string => `{${prefix}-*}${CHANGED}*`;

/** The id of the run whose channel this is. */
export const idOfChanged = (channel: string): string =>
  channel.slice(channel.indexOf(CHANGED) + CHANGED.length);

/** The shard of a run: FNV-1a over its id, the same in every process and version. */
export function shardOf(id: string, shards: number): number {
  if (shards === 1) return 0;
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(id)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash % shards;
}

/** Name of a series in an index. Ids hold no line break, so the first one ends the id. */
export const seriesMember = (id: string, metric: string): string => `${id}\n${metric}`;

/** Name of a delivery in the outbox. */
export const outboxMember = ({ run, delivery }: OutboxItem): string => `${run}\n${delivery}`;

/** The reverse of {@link outboxMember}. */
export function readOutboxMember(member: string): OutboxItem {
  const end = member.indexOf('\n');
  return { run: member.slice(0, end), delivery: member.slice(end + 1) };
}

/** The reverse of {@link seriesMember}. */
export function readSeriesMember(member: string): { readonly id: string; readonly metric: string } {
  const end = member.indexOf('\n');
  return { id: member.slice(0, end), metric: member.slice(end + 1) };
}
