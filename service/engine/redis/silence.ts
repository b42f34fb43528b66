import type { Redis } from 'ioredis';

/** How often a connection is looked at, in the time that it may be silent. */
const LOOKS = 3;

/**
 * Ends each connection of a client on which an answer is waited for and nothing has come for `silentMs`, or a third longer: where a
 * machine is gone, or a gateway has forgotten a connection, the system waits for a quarter of an hour. (The client's own way,
 * `socketTimeout`, goes on to wait when the connection has ended: it ends the next one, and keeps the process alive.)
 */
export function endSilence(client: Redis, silentMs: number): void {
  client.on('connect', () => {
    watch(client, silentMs);
  });
  if (client.status === 'connect' || client.status === 'ready') watch(client, silentMs);
}

function watch(client: Redis, silentMs: number): void {
  const { stream } = client;
  let bytesRead = -1;
  let silentLooks = 0;
  const looking = setInterval(() => {
    const { length } = Reflect.get(client, 'commandQueue') as { readonly length: number };
    silentLooks = length > 0 && stream.bytesRead === bytesRead ? silentLooks + 1 : 0;
    // What nothing is asked of does not wait.
    bytesRead = length > 0 ? stream.bytesRead : -1;
    if (silentLooks < LOOKS) return;
    // Where this process stood still itself the answer may lie there unread.
    setImmediate(() => {
      if (stream.bytesRead === bytesRead)
        stream.destroy(new Error(`Socket timeout: nothing was answered for ${silentMs / 1_000} s`));
    });
  }, silentMs / LOOKS).unref();
  stream.once('close', () => {
    clearInterval(looking);
  });
}
