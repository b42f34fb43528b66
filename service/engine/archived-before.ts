import { pause, type Log, type Timers } from '../platform/index.js';
import type { ArchivedRun } from '../../schemas/index.js';
import { ArchiveDamagedError, ArchiveError, type RunArchive } from './archive-port.js';
import type { RunStore } from './ports.js';

/** Time that the archive has to answer for a run that is to be started, ms. */
const PATIENCE_MS = 1_000;

/** What the archive said to one request, whose looks at it are one. Empty until the first of them. */
export interface ArchiveAnswer {
  given?: Promise<ArchivedRun | undefined>;
}

/** What {@link archivedBefore} needs. */
interface ArchivedBeforeDeps {
  readonly store: Pick<RunStore, 'load'>;
  readonly archive: RunArchive | undefined;
  readonly timers: Timers;
  readonly log: Log;
  /** Of the request that looks. Default: one of its own for each look. */
  readonly answer?: ArchiveAnswer | undefined;
}

/**
 * The run that had an id before and that only the archive has any more: another one under its id would hide it from its
 * readers, and a repeated request would be measured a second time. An archive that does not answer keeps nobody from
 * starting a run: releases must not stand still because evidence can not be read. Evidence that is
 * damaged is there: its id is taken.
 * @throws ArchiveDamagedError when there was a run, and what it was can not be read.
 */
export async function archivedBefore(
  id: string,
  { store, archive, timers, log, answer = {} }: ArchivedBeforeDeps,
): Promise<ArchivedRun | undefined> {
  if (archive === undefined || (await store.load(id)) !== undefined) return undefined;
  return (answer.given ??= ask(id, archive, { timers, log }));
}

async function ask(
  id: string,
  archive: RunArchive,
  { timers, log }: Pick<ArchivedBeforeDeps, 'timers' | 'log'>,
): Promise<ArchivedRun | undefined> {
  const over = new AbortController();
  const found = archive.find(id);
  try {
    const first = await Promise.race([found, pause(timers, PATIENCE_MS, over.signal)]);
    if (typeof first !== 'string') return first;
    throw new ArchiveError(`no answer within ${PATIENCE_MS / 1_000} s`);
  } catch (error) {
    if (!(error instanceof ArchiveError) || error instanceof ArchiveDamagedError) throw error;
    log.warn(
      { err: error, run: id },
      'it is not known whether the archive has a run with this id; a start goes on without',
    );
    return undefined;
  } finally {
    over.abort();
    // Whoever comes too late has nobody to tell.
    found.catch(() => undefined);
  }
}
