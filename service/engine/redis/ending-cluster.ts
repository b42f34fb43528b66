import { Cluster, type ClusterNode, type ClusterOptions } from 'ioredis';

/** Time in which connections end that are there, ms. */
const END_MS = 1_000;

/**
 * A client for a cluster that ends when it is told to although no node is there: between two attempts to connect it tells nobody
 * that it has ended, and what waits for it, the workers of BullMQ above all, would keep the process alive for ever. The same as
 * with a single server, see EndingRedis.
 */
export class EndingCluster extends Cluster {
  readonly #nodes: readonly ClusterNode[];

  constructor(nodes: readonly ClusterNode[], options: ClusterOptions) {
    super([...nodes], options);
    this.#nodes = nodes;
  }

  override disconnect(reconnect = false): void {
    if (!reconnect && this.status === 'reconnecting') this.#endWithoutConnections();
    else super.disconnect(reconnect);
    if (reconnect) return;
    // Connections that had ended before tell of no end any more.
    setTimeout(() => {
      if (this.status === 'disconnecting') this.#endWithoutConnections();
    }, END_MS);
  }

  /** There is no connection whose end could be waited for: as before the first attempt to connect. */
  #endWithoutConnections(): void {
    this.status = 'wait';
    super.disconnect();
  }

  /** For BullMQ, whose workers wait on connections of their own. */
  override duplicate(nodes: readonly ClusterNode[] = [], options: Partial<ClusterOptions> = {}): Cluster {
    return new EndingCluster(nodes.length > 0 ? nodes : this.#nodes, { ...this.options, ...options });
  }
}
