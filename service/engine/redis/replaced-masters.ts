import type { Redis } from 'ioredis';
import type { Log } from '../../platform/index.js';

/** Where a Sentinel says `<name> <old host> <old port> <new host> <new port>` once it knows of another master. */
const CHANNEL = '+switch-master';

/** What {@link leaveReplacedMasters} needs. */
interface ReplacedMastersDeps {
  /** Connections to the Sentinels, of which nothing else is asked. */
  readonly sentinels: readonly Redis[];
  /** The name of the master. */
  readonly master: string;
  /** Those that are connected to the master now. */
  readonly connected: ReadonlySet<Redis>;
  readonly log: Log;
}

/**
 * Has connections leave a master once Sentinels have replaced it. One whose machine has lost its power ends no connection, and would be
 * waited for until the system gives up, a quarter of an hour; one that is only cut off from the others goes on to take writes,
 * all of which are lost. (The client's own way, `failoverDetector`, keeps a connection to each Sentinel for each of its
 * connections, and misses what is said while it makes one.)
 * @returns ends it.
 */
export function leaveReplacedMasters({ sentinels, master, connected, log }: ReplacedMastersDeps): () => void {
  let stopped = false;
  let last = '';
  const hear = (_channel: string, message: string): void => {
    const [name, , , host = '', port = ''] = message.split(' ');
    if (name !== master) return;
    // Each Sentinel says it when it knows; one that did not yet may have named the old one meanwhile.
    const replaced = [...connected].filter((each) => !isTo(each, host, port));
    if (message !== last) log.warn({ master: `${host}:${port}` }, 'the Sentinels have another master now');
    last = message;
    for (const each of replaced) each.disconnect(true);
  };
  for (const sentinel of sentinels) {
    sentinel.on('error', (error) => {
      log.debug({ err: error }, 'a Sentinel can not be heard');
    });
    sentinel.on('message', hear);
    sentinel.subscribe(CHANNEL).catch((error: unknown) => {
      if (stopped) return;
      const reason = error instanceof Error ? error.message : String(error);
      log.warn({ reason }, 'a Sentinel does not tell when it has another master');
    });
  }
  return () => {
    stopped = true;
    for (const sentinel of sentinels) sentinel.disconnect();
  };
}

/** Names of hosts, and addresses that are translated on the way, can not be compared: such a connection is made anew. */
const isTo = ({ stream }: Redis, host: string, port: string): boolean =>
  stream.remoteAddress === host && String(stream.remotePort) === port;
