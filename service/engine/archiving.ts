import { toMoment } from '../analysis/index.js';
import type { AnalysisRun, ArchivedRun } from '../../schemas/index.js';
import { type Clock, type Log, pause, type Timers } from '../platform/index.js';
import { ArchiveError, type RunArchive } from './archive-port.js';
import { byAge, recordOf } from './delivery-state.js';
import { present } from './present.js';
import type { EngineMetrics } from './engine.js';
import type { ArchiveItem, RunStore, StoredDelivery, StoredRun } from './ports.js';

/** Time between looks at the backlog while it is empty, ms. */
const LOOK_AGAIN_MS = 500;
/** Runs that are written at once: they share a flush to disk. */
const AT_ONCE = 64;
/** Waits after failures, ms: doubled each time from the first to the last. */
const BACKOFF_MS = { first: 500, last: 60_000 } as const;
/** Time that writes have when the process ends, ms. */
const STOP_GRACE_MS = 2_000;
/** Runs whose deliveries go on are due later than this at most; for writing all there are when the process ends. */
const ALL_MS = 365 * 24 * 3_600_000;

/** What {@link archiveRuns} needs. */
interface ArchivingOptions {
  readonly store: RunStore;
  readonly archive: RunArchive;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
  readonly metrics: Pick<EngineMetrics, 'runArchived'>;
  /** How long a run is hidden from other processes while it is written, and until it is tried again, ms. */
  readonly leaseMs: number;
}

/** The writing of completed runs to the archive, in this process. */
export interface Archiving {
  /** Stops. With `drain` first writes whatever waits, as nobody else will. */
  stop(drain: boolean): Promise<void>;
  /** Why nothing can be archived now, and since when; undefined: it can, as far as is known. */
  readonly trouble: string | undefined;
}

/**
 * Writes completed runs to the archive, each at least once, until it is stopped. While the archive does not take them they
 * wait in the store, where nothing forgets them, and one is tried now and then.
 */
export function archiveRuns(options: ArchivingOptions): Archiving {
  const { store, archive, clock, timers, log, metrics, leaseMs } = options;
  const stopping = new AbortController();
  let failures = 0;
  let trouble: { readonly sinceMs: number; reason: string } | undefined;

  /** The writing, or an error once the run is handed out again: a disk over a network may hang for ever. */
  const inTime = async (writing: Promise<void>): Promise<void> => {
    const over = new AbortController();
    try {
      const outcome = await Promise.race([
        writing.then(() => 'kept' as const),
        pause(timers, leaseMs, over.signal),
      ]);
      if (outcome !== 'kept') throw new ArchiveError(`a run was not kept within ${leaseMs / 1_000} s`);
    } finally {
      over.abort();
    }
  };
  const write = async (item: ArchiveItem): Promise<void> => {
    const [run, deliveries] = await Promise.all([store.load(item.run), store.deliveries(item.run)]);
    // Somebody may have forgotten it, and may have started another one under its id, meanwhile.
    if (run?.completion === undefined) return;
    await inTime(archive.keep(archivedRun(run, deliveries, present(run), clock.nowMs())));
    await store.markArchived(item, run);
  };
  /** Notes how it went: only what the archive says of itself tells whether it is worth while to go on. */
  const writeAll = async (items: readonly ArchiveItem[]): Promise<void> => {
    const outcomes = await Promise.allSettled(items.map(write));
    for (const { status } of outcomes) metrics.runArchived(status === 'fulfilled' ? 'kept' : 'failed');
    const failed = outcomes.flatMap((each): unknown[] => (each.status === 'rejected' ? [each.reason] : []));
    const refused = failed.find((error) => error instanceof ArchiveError);
    if (failed.length > 0)
      log.warn(
        { err: refused ?? failed[0], runs: failed.length },
        'runs could not be archived; they wait in the store',
      );
    if (refused !== undefined) {
      failures += 1;
      trouble ??= { sinceMs: clock.nowMs(), reason: '' };
      trouble.reason = refused.message;
    } else if (outcomes.length > failed.length) {
      if (trouble !== undefined) log.info('the archive takes runs again');
      failures = 0;
      trouble = undefined;
    }
  };
  const lease = (nowMs: number, limit: number): Promise<readonly ArchiveItem[]> =>
    store.leaseUnarchived(nowMs, leaseMs, limit).catch((error: unknown) => {
      log.warn({ err: error }, 'the backlog of the archive can not be read');
      return [];
    });
  const work = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      // One is enough to find out whether it works again.
      const items = await lease(clock.nowMs(), failures > 0 ? 1 : AT_ONCE);
      await writeAll(items);
      const waitMs =
        failures > 0 ? Math.min(BACKOFF_MS.last, BACKOFF_MS.first * 2 ** (failures - 1)) : LOOK_AGAIN_MS;
      if (failures > 0 || items.length < AT_ONCE) await pause(timers, waitMs, stopping.signal);
    }
  };

  const working = work();
  return {
    get trouble() {
      return trouble === undefined ? undefined : `${trouble.reason} (since ${toMoment(trouble.sinceMs)})`;
    },
    async stop(drain) {
      stopping.abort();
      // What is still being written is tried again by another process, or is told as lost below.
      const ended = new AbortController();
      await Promise.race([working, pause(timers, STOP_GRACE_MS, ended.signal)]);
      ended.abort();
      while (drain) {
        const items = await lease(clock.nowMs() + ALL_MS, AT_ONCE);
        if (items.length === 0) return;
        await writeAll(items);
        if (failures > 0) {
          log.error({ reason: trouble?.reason }, 'the process ends, and with it runs that were not archived');
          return;
        }
      }
    },
  };
}

/** What is kept of a completed run: what its readers see, never its callbacks, which may hold credentials. */
function archivedRun(
  stored: StoredRun,
  deliveries: readonly StoredDelivery[],
  run: AnalysisRun,
  nowMs: number,
): ArchivedRun {
  const { id, incarnation, fingerprint, createdAtMs, requestedBy } = stored;
  return {
    ...{ id, incarnation, fingerprint, createdAtMs },
    version: deliveries.reduce((sum, { version }) => sum + version, 0),
    archivedAt: toMoment(nowMs),
    ...(requestedBy === undefined ? {} : { requestedBy }),
    run,
    deliveries: [...deliveries].sort(byAge).map((delivery) => recordOf(stored, delivery)),
  };
}
