import type { EventEmitter } from 'node:events';
import { type ElapsedMs, elapsedMs, type Log } from '../../platform/index.js';

/** What {@link tellOutages} needs. */
interface OutagesDeps {
  readonly log: Log;
  /** Default: that of the machine. */
  readonly nowMs?: ElapsedMs;
}

/** Tells in the log when Redis is back, and for how long it was not there: that it is away errors of connections tell. */
export function tellOutages(client: Pick<EventEmitter, 'on'>, { log, nowMs = elapsedMs }: OutagesDeps): void {
  let isReady = false;
  let lostAtMs: number | undefined;
  client.on('close', () => {
    // Each attempt to connect that fails ends with this, too.
    if (isReady) lostAtMs = nowMs();
    isReady = false;
  });
  client.on('ready', () => {
    isReady = true;
    if (lostAtMs === undefined) return;
    log.info({ awayMs: Math.round(nowMs() - lostAtMs) }, 'Redis answers again');
    lostAtMs = undefined;
  });
}
