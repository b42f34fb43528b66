import { Cluster, type ClusterNode, type ClusterOptions, type Redis } from 'ioredis';
import { endSilence } from './silence.js';

/** Time in which connections end that are there, ms. */
const END_MS = 1_000;

/**
 * A client for a cluster that ends when it is told to although no node is there: between two attempts to connect it tells nobody
 * that it has ended, and what waits for it, the workers of BullMQ above all, would keep the process alive for ever. The same as
 * with a single server, see EndingRedis.
 */
export class EndingCluster extends Cluster {
  readonly #nodes: readonly ClusterNode[];
  readonly #silentMs: number | undefined;

  /** @param silentMs how long answers of a node are waited for before its connection is ended, ms; undefined: for ever. */
  constructor(nodes: readonly ClusterNode[], options: ClusterOptions, silentMs?: number) {
    super([...nodes], options);
    this.#nodes = nodes;
    this.#silentMs = silentMs;
    if (silentMs !== undefined)
      this.on('+node', (node: Redis) => {
        endSilence(node, silentMs);
      });
  }

  /**
   * Resolves once the cluster can be used. The client forgets whoever waits for an attempt whose check of the cluster fails, which
   * it does while a master is replaced, and connects again: a worker of BullMQ would wait for ever, with its queue.
   */
  override connect(): Promise<void> {
    clearTimeout(endings.get(this));
    return Promise.race([super.connect(), untilUsable(this)]);
  }

  override disconnect(reconnect = false): void {
    if (!reconnect && this.status === 'reconnecting') this.#endWithoutConnections();
    else super.disconnect(reconnect);
    if (reconnect) return;
    // Connections that had ended before tell of no end any more.
    const ending = setTimeout(() => {
      if (this.status === 'disconnecting') this.#endWithoutConnections();
    }, END_MS);
    endings.set(this, ending);
  }

  /** There is no connection whose end could be waited for: as before the first attempt to connect. */
  #endWithoutConnections(): void {
    this.status = 'wait';
    super.disconnect();
  }

  /** For BullMQ, whose workers wait on connections of their own. */
  override duplicate(nodes: readonly ClusterNode[] = [], options: Partial<ClusterOptions> = {}): Cluster {
    const own = nodes.length > 0 ? nodes : this.#nodes;
    return new EndingCluster(own, { ...this.options, ...options }, this.#silentMs);
  }
}

/** Of each client that ends, what ends it all the same. The constructor of one may connect, before it has fields of its own. */
const endings = new WeakMap<Cluster, NodeJS.Timeout>();

/** Of each client that connects, what all wait for that have it do so. */
const waits = new WeakMap<Cluster, Promise<void>>();

/** Resolves when the cluster can be used, rejects when its client ends before. */
function untilUsable(cluster: Cluster): Promise<void> {
  const before = waits.get(cluster);
  if (before !== undefined) return before;
  const wait = new Promise<void>((resolve, reject) => {
    const ready = (): void => {
      over();
      resolve();
    };
    const ended = (): void => {
      over();
      reject(new Error('Connection is closed.'));
    };
    const over = (): void => {
      waits.delete(cluster);
      cluster.off('ready', ready);
      cluster.off('end', ended);
    };
    cluster.on('ready', ready);
    cluster.on('end', ended);
  });
  // Whoever waits is told; nobody may.
  wait.catch(() => undefined);
  waits.set(cluster, wait);
  return wait;
}
