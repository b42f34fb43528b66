import type { ArchivedRun } from '../../schemas/index.js';

/** What the archive was told of one run: that it is kept, or that nobody shall find it any more. */
export type ArchiveEntry = ArchivedRun | Readonly<Record<'id' | 'incarnation' | 'forgottenAt', string>>;

/** The entry that a reader of an id gets: of its runs that are not forgotten the newest, as it was kept last. */
export function newest(entries: readonly ArchiveEntry[]): ArchivedRun | undefined {
  const forgotten = new Set(
    entries.filter((entry) => 'forgottenAt' in entry).map(({ incarnation }) => incarnation),
  );
  return entries
    .filter((entry): entry is ArchivedRun => 'run' in entry && !forgotten.has(entry.incarnation))
    .reduce<ArchivedRun | undefined>(
      (best, entry) => (best === undefined || isNewer(entry, best) ? entry : best),
      undefined,
    );
}

const isNewer = (one: ArchivedRun, other: ArchivedRun): boolean =>
  one.createdAtMs === other.createdAtMs ? one.version >= other.version : one.createdAtMs > other.createdAtMs;
