import { createServer, connect, type Socket } from 'node:net';
import { listenOnLoopback } from './recording-server.js';

/** How a {@link TcpProxy} treats what goes through it. */
export interface TcpProxySettings {
  /** Time that each piece takes each way, ms. Default 0. */
  readonly latencyMs?: number;
  /** Changes what the server says; the number of bytes must stay. */
  readonly rewrite?: (piece: Buffer) => Buffer;
}

/** A network between a client and a server that can be bad. */
export interface TcpProxy {
  readonly port: number;
  /** Changes how it treats what goes through it from now on. */
  treat(settings: TcpProxySettings): void;
  /** Ends all connections and refuses new ones. */
  cut(): void;
  /** Lets so many bytes of the server through, then ends all connections, once: an answer may be torn, and others are lost. */
  tear(bytes: number): void;
  /** Keeps connections open and lets nothing through: what a network does that loses every packet. */
  stall(): void;
  /** What a gateway does that has forgotten its connections: they stay open and carry nothing any more; new ones are good. */
  strand(): void;
  /** Lets all through again. What was held back by {@link TcpProxy.stall} was lost, and its connections end. */
  heal(): void;
  close(): Promise<void>;
}

/** Forwards a free port of loopback to another one. */
export async function startTcpProxy(targetPort: number, initial: TcpProxySettings = {}): Promise<TcpProxy> {
  let settings = initial;
  let untilTorn = Infinity;
  let state: 'well' | 'cut' | 'stalled' = 'well';
  const open = new Set<Socket>();
  const lossy = new Set<Socket>();
  const stranded = new WeakSet<Socket>();
  const pass = (from: Socket, to: Socket, change: (piece: Buffer) => Buffer): void => {
    const late: Buffer[] = [];
    from.on('data', (piece: Buffer) => {
      if (stranded.has(from)) return;
      if (state === 'stalled') {
        lossy.add(from);
        return;
      }
      const { latencyMs = 0 } = settings;
      const changed = change(piece);
      if (latencyMs === 0 && late.length === 0) {
        to.write(changed);
        return;
      }
      // Whatever the latency is by then: nothing overtakes what was sent before it.
      late.push(changed);
      setTimeout(() => {
        const next = late.shift();
        if (next !== undefined) to.write(next);
      }, latencyMs);
    });
  };
  const server = createServer((client) => {
    if (state === 'cut') {
      client.destroy();
      return;
    }
    const upstream = connect(targetPort, '127.0.0.1');
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      open.add(socket);
      socket.setNoDelay(true);
      // An error of one side is seen as the end of both.
      socket.on('error', () => undefined);
      socket.on('close', () => {
        open.delete(socket);
        lossy.delete(socket);
        other.destroy();
      });
    }
    pass(client, upstream, (piece) => piece);
    pass(upstream, client, (piece) => {
      const said = settings.rewrite?.(piece) ?? piece;
      untilTorn -= said.length;
      if (untilTorn > 0) return said;
      const left = said.subarray(0, said.length + untilTorn);
      untilTorn = Infinity;
      // What is let through goes out first.
      setImmediate(() => {
        endAll(open);
      });
      return left;
    });
  });
  const port = await listenOnLoopback(server);
  const endAll = (sockets: ReadonlySet<Socket>): void => {
    for (const socket of [...sockets]) socket.destroy();
  };
  return {
    port,
    treat(next) {
      settings = next;
    },
    cut() {
      state = 'cut';
      endAll(open);
    },
    tear(bytes) {
      untilTorn = bytes;
    },
    stall() {
      state = 'stalled';
    },
    strand() {
      for (const socket of open) stranded.add(socket);
    },
    heal() {
      state = 'well';
      endAll(lossy);
    },
    close() {
      endAll(open);
      return new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
      });
    },
  };
}
