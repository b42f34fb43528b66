import { type Clock, type Log, pause, type Timers } from '../../platform/index.js';
import { Warnings } from '../warnings.js';
import { kindOfReason, ServiceAwayError } from './away.js';
import type { ServiceRun } from './answers.js';
import type { RunSelection, ServiceClient } from './service-client.js';

/** What {@link followService} needs. */
export interface FollowDeps {
  readonly service: Pick<ServiceClient, 'follow'>;
  /** The runs to follow. */
  readonly selection: RunSelection;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
}

/** Told of what happens. None of them may throw. */
export interface FollowHandlers {
  /** From now on no change is missed: whatever is asked for now, or told from now on, is complete. */
  readonly onReady: () => void;
  readonly onRun: (run: ServiceRun) => void;
  /** The service can not be followed for some time now. */
  readonly onAway: (reason: string) => void;
}

const FIRST_PAUSE_MS = 100;
const LAST_PAUSE_MS = 3_000;
/** Failures in a row after which the service is away and not only restarting. */
const AWAY_AFTER = 4;

/** A stream that lives for less has not gone well: whoever follows asks for all runs whenever one begins, ms. */
const LIVED_MS = 10_000;
/** How often the log tells that it is still away, and why, ms. */
const TOLD_EVERY_MS = 5 * 60_000;

/** Follows the service's runs over one connection, which is made again whenever it breaks off, until `signal` is aborted. */
export async function followService(
  { service, selection, clock, timers, log }: FollowDeps,
  { onReady, onRun, onAway }: FollowHandlers,
  signal: AbortSignal,
): Promise<void> {
  const warnings = new Warnings({ log, clock, everyMs: TOLD_EVERY_MS });
  /** Failures since a stream began, and since one went well. */
  for (let [failures, breaks] = [0, 0]; !signal.aborted; ) {
    let reason = 'the stream of changes has ended';
    let askedMs = 0;
    let readyAtMs: number | undefined;
    try {
      for await (const followed of service.follow(selection, signal)) {
        if (followed.kind === 'run') onRun(followed.run);
        else {
          if (failures >= AWAY_AFTER) log.info({}, 'the Assay service answers again');
          failures = 0;
          readyAtMs = clock.nowMs();
          onReady();
        }
      }
    } catch (error) {
      reason = error instanceof Error ? error.message : String(error);
      if (error instanceof ServiceAwayError) askedMs = (error.retryAtMs ?? 0) - clock.nowMs();
    }
    if (readyAtMs !== undefined && clock.nowMs() - readyAtMs >= LIVED_MS) {
      breaks = 0;
      warnings.clear();
    }
    failures++;
    breaks++;

    if (breaks >= AWAY_AFTER && !isOver(signal))
      warnings.warn(kindOfReason(reason), { reason }, 'the Assay service can not be followed');
    if (failures === AWAY_AFTER && !isOver(signal)) onAway(reason);
    const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** (breaks - 1), LAST_PAUSE_MS);
    await pause(timers, Math.max(askedMs, pauseMs * (0.75 + Math.random() / 2)), signal);
  }
}

/** It may have been aborted in between, which the compiler does not see. */
const isOver = (signal: AbortSignal): boolean => signal.aborted;
