import { type Command, Redis, type RedisOptions } from 'ioredis';
import { endSilence } from './silence.js';

/** Options of {@link EndingRedis}, which those have as well that are made after it. */
export interface EndingRedisOptions extends RedisOptions {
  /** Where it is noted while it is connected. */
  readonly connected?: Set<Redis>;
  /** How long answers are waited for before the connection is made anew, ms. Default: for ever. */
  readonly silentMs?: number;
}

/** Commands that wait for their answers. */
interface Commands {
  shift(): { readonly command: Command } | undefined;
}

/**
 * A connection that forgets nobody when it gives up or ends. The client rejects commands of its last connection only, which where a
 * proxy stands before a Redis that is away is another one with each attempt; and when it is to end between two attempts, it says
 * so to nobody. What waits for it, the workers of BullMQ above all, would wait for ever, and keep the process alive.
 */
export class EndingRedis extends Redis {
  readonly #care: Pick<EndingRedisOptions, 'connected' | 'silentMs'>;

  constructor({ connected, silentMs, ...options }: EndingRedisOptions) {
    super(options);
    this.#care = {
      ...(connected === undefined ? {} : { connected }),
      ...(silentMs === undefined ? {} : { silentMs }),
    };
    if (silentMs !== undefined) endSilence(this, silentMs);
    const { maxRetriesPerRequest: most } = this.options;
    let attempts = 0;
    const left: Command[] = [];
    const rejectLeft = (): void => {
      // With those that say its name the client waits to be ready.
      for (const command of left.splice(0))
        if (command.name !== 'client') command.reject(new Error('Connection is closed.'));
    };
    this.on('connect', () => connected?.add(this));
    this.on('connecting', rejectLeft);
    this.on('end', rejectLeft);
    this.on('ready', () => {
      attempts = 0;
    });
    this.on('close', () => {
      connected?.delete(this);
      left.push(...this.#takeUnready());
      attempts += 1;
      if (typeof most === 'number' && attempts % (most + 1) === 0) this.#rejectForgotten();
    });
    this.on('end', () => {
      this.#rejectForgotten();
    });
  }

  override disconnect(reconnect = false): void {
    const isBetween = this.status === 'reconnecting' && !reconnect;
    super.disconnect(reconnect);
    if (!isBetween) return;
    // An attempt that is called off before it has begun ends as it should; that it fails is what is wanted.
    this.connect().catch(() => undefined);
    super.disconnect();
  }

  /** For BullMQ, whose workers wait on connections of their own. */
  override duplicate(override?: Partial<RedisOptions>): Redis {
    return new EndingRedis({ ...this.options, ...override, ...this.#care });
  }

  /** What was sent on a connection that ended before it was ready is sent no more, and the client forgets it. */
  #takeUnready(): Command[] {
    const sent = Reflect.get(this, 'commandQueue') as Commands;
    const taken: Command[] = [];
    if (sent === Reflect.get(this, 'prevCommandQueue')) return taken;
    for (let item = sent.shift(); item !== undefined; item = sent.shift()) taken.push(item.command);
    return taken;
  }

  /** What was sent on a connection before the last one waits where the client does not show it. */
  #rejectForgotten(): void {
    const waiting = Reflect.get(this, 'prevCommandQueue') as Commands | null | undefined;
    for (let item = waiting?.shift(); item !== undefined; item = waiting?.shift())
      item.command.reject(new Error('Connection is closed.'));
  }
}
