import type { ArchivedRun } from '../../schemas/index.js';

/**
 * Where completed runs are kept beyond the engine's store. Every method rejects with {@link ArchiveError} when the
 * archive can not be used now.
 */
export interface RunArchive {
  /** Resolves once the run is safe. What was kept before stays; keeping the same again is harmless. */
  keep(run: ArchivedRun): Promise<void>;
  /**
   * The newest run with the id, as it was kept last; undefined: none was kept, or it was forgotten. What is damaged is left
   * out; rejects with {@link ArchiveDamagedError} when there is nothing else, or it may be of a newer run.
   */
  find(id: string): Promise<ArchivedRun | undefined>;
  /** Has the run not be found any more, whether it is kept already or later. As evidence it stays where it is. */
  forget(id: string, incarnation: string): Promise<void>;
  /** Ends what is being written. */
  close(): Promise<void>;
}

/** The archive can not be used now. The message says which one and why, without credentials. */
export class ArchiveError extends Error {
  override readonly name: string = 'ArchiveError';
}

/** A run was kept, and nothing of it can be read any more, or it is not known whether that was the newest one. The message says where it is. */
export class ArchiveDamagedError extends ArchiveError {
  override readonly name = 'ArchiveDamagedError';
}
