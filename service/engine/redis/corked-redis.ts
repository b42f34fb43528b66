import type { Command, Redis } from 'ioredis';
import { EndingRedis } from './ending-redis.js';

/**
 * A connection whose commands of one turn of the event loop go in one write: a write to a socket costs more than a command. The
 * client's own way (`enableAutoPipelining`) costs more than it saves where commands are few, as it makes an object with all
 * scripts of BullMQ for each write, and sends nothing while answers are under way.
 */
export class CorkedRedis extends EndingRedis {
  override sendCommand(command: Command, stream?: Parameters<Redis['sendCommand']>[1]): unknown {
    // There is none before the first connection, whatever its type says.
    const socket = this.stream as Redis['stream'] | undefined;
    if (socket?.writableCorked === 0) {
      socket.cork();
      setImmediate(() => {
        socket.uncork();
      });
    }
    return super.sendCommand(command, stream);
  }
}
