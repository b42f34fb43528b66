import { rootCertificates } from 'node:tls';
import type { Cluster, Redis, RedisOptions } from 'ioredis';
import { CorkedRedis } from './corked-redis.js';
import { EndingCluster } from './ending-cluster.js';
import { EndingRedis, type EndingRedisOptions } from './ending-redis.js';

/** Longest time between two attempts to connect, ms. */
const RECONNECT_MS = 500;

/**
 * Time that a server has to confirm the end of a connection, ms; then its socket is destroyed. One that has fallen silent never does, and
 * what waits for its answers would wait on.
 */
const END_MS = 100;

/** How long a Sentinel has to answer before the next one is asked, ms. */
const SENTINEL_MS = 2_000;

/** A connection to one server, to the master that Sentinels name, or to a cluster. */
export type RedisClient = Redis | Cluster;

/** Address of a node. */
interface Node {
  readonly host: string;
  readonly port: number;
}

/** What a Redis URL says. */
export interface RedisTarget {
  readonly mode: 'single' | 'sentinel' | 'cluster';
  readonly nodes: readonly Node[];
  /** Name of the master, for Sentinel. */
  readonly master?: string;
  readonly tls: boolean;
  readonly username?: string;
  readonly password?: string;
  readonly database: number;
}

/** What a URL does not say of how its servers are reached. */
export interface RedisAccess {
  /** Certificate authorities (PEM) of servers and Sentinels. Absent: those that Node trusts. */
  readonly ca?: string;
  /** Credentials of the Sentinels, which are not those of Redis. */
  readonly sentinelUsername?: string;
  readonly sentinelPassword?: string;
}

/** A Redis URL that can not be used. The message does not repeat the URL, which may hold a password. */
export class RedisUrlError extends Error {
  override readonly name = 'RedisUrlError';
}

/**
 * Reads `redis://[user:password@]host[:port][/database]`, with `rediss` for TLS, `+cluster` with several hosts, and
 * `+sentinel` with Sentinels as hosts and the master's name as path, as `ASSAY_REDIS_URL` has it.
 * @throws RedisUrlError
 */
export function parseRedisUrl(url: string): RedisTarget {
  const parts = /^redis(s?)(?:\+(sentinel|cluster))?:\/\/(?:([^@/]*)@)?([^/?#]+)(?:\/([^?#]*))?$/.exec(url);
  if (parts === null) throw new RedisUrlError('the Redis URL is not of the form redis://host:port');
  const [, secure, kind, credentials, hosts = '', path = ''] = parts;
  const mode = kind === 'sentinel' || kind === 'cluster' ? kind : 'single';
  const nodes = hosts.split(',').map((host) => nodeOf(host, mode === 'sentinel' ? 26_379 : 6_379));
  if (mode === 'single' && nodes.length > 1)
    throw new RedisUrlError('several hosts need redis+sentinel:// or redis+cluster://');
  if (mode === 'sentinel' && path === '')
    throw new RedisUrlError("redis+sentinel:// needs the master's name: redis+sentinel://host,host/name");
  if (mode !== 'sentinel' && !/^\d*$/.test(path)) throw new RedisUrlError('the database must be a number');
  const split = credentials?.indexOf(':') ?? -1;
  const username = credentials === undefined ? '' : decoded(split < 0 ? '' : credentials.slice(0, split));
  const password = credentials === undefined ? '' : decoded(credentials.slice(split + 1));
  return {
    mode,
    nodes,
    tls: secure === 's',
    database: mode === 'sentinel' ? 0 : Number(path),
    ...(mode === 'sentinel' ? { master: path } : {}),
    ...(username === '' ? {} : { username }),
    ...(password === '' ? {} : { password }),
  };
}

/** How a client is opened. */
export interface ConnectOptions extends EndingRedisOptions {
  /** Commands of one turn of the event loop go in one write, unless they go to a cluster. Default false. */
  readonly together?: boolean;
}

/** Opens a client; it connects on its own and reconnects for ever. `overrides` win over what the target says. */
export function connect(
  target: RedisTarget & RedisAccess,
  { together = false, connected, silentMs, ...overrides }: ConnectOptions,
): RedisClient {
  const { mode, nodes, tls, username, password, database, master } = target;
  const { sentinelUsername, sentinelPassword } = target;
  const secure = tlsOf(target);
  const options: RedisOptions = {
    db: database,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(tls ? { tls: secure } : {}),
    // A master that was made a replica while it was connected to: the name leads to the new one.
    reconnectOnError: ({ message }) => (message.startsWith('READONLY') ? 2 : false),
    retryStrategy,
    disconnectTimeout: END_MS,
    ...overrides,
  };
  if (mode === 'cluster') {
    const { lazyConnect, ...redisOptions } = options;
    const lazily = lazyConnect === undefined ? {} : { lazyConnect };
    return new EndingCluster([...nodes], { redisOptions, ...lazily }, silentMs);
  }
  const Client = together ? CorkedRedis : EndingRedis;
  const care = {
    ...(connected === undefined ? {} : { connected }),
    ...(silentMs === undefined ? {} : { silentMs }),
  };
  if (mode === 'sentinel')
    return new Client({
      ...options,
      ...care,
      sentinels: nodes.map(({ host, port }) => ({ host, port })),
      sentinelCommandTimeout: SENTINEL_MS,
      ...(master === undefined ? {} : { name: master }),
      ...(sentinelUsername === undefined ? {} : { sentinelUsername }),
      ...(sentinelPassword === undefined ? {} : { sentinelPassword }),
      ...(tls ? { enableTLSForSentinelMode: true, sentinelTLS: secure } : {}),
    });
  const [node] = nodes;
  return new Client({ ...options, ...care, ...node });
}

/** Connections to the Sentinels of a target, one each, that are made once something is asked of them; none where there are none. */
export function connectToSentinels(target: RedisTarget & RedisAccess, silentMs: number): readonly Redis[] {
  const { mode, nodes, tls, sentinelUsername: username, sentinelPassword: password } = target;
  if (mode !== 'sentinel') return [];
  return nodes.map(
    ({ host, port }) =>
      new EndingRedis({
        ...{ host, port, lazyConnect: true, enableReadyCheck: false, maxRetriesPerRequest: null },
        ...{ retryStrategy, disconnectTimeout: END_MS, silentMs },
        ...(username === undefined ? {} : { username }),
        ...(password === undefined ? {} : { password }),
        ...(tls ? { tls: tlsOf(target) } : {}),
      }),
  );
}

const tlsOf = ({ ca }: RedisAccess): { ca?: string[] } =>
  ca === undefined ? {} : { ca: [...rootCertificates, ca] };

/** Waiting commands fail after a number of attempts: with the usual two seconds between them a command would wait for twenty. */
const retryStrategy = (times: number): number => Math.min(times * 50, RECONNECT_MS);

function nodeOf(text: string, defaultPort: number): Node {
  const [, bracketed, plain, port] = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]]+))(?::(\d{1,5}))?$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  if (host === undefined) throw new RedisUrlError('a host of the Redis URL is not of the form host:port');
  return { host, port: port === undefined ? defaultPort : Number(port) };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new RedisUrlError('the credentials of the Redis URL are not percent-encoded');
  }
}
