import { open } from 'node:fs/promises';
import type { Damage } from '../damage.js';
import type { ArchiveEntry } from '../newest.js';
import { readEntry, runIn, wasMark } from '../read-entry.js';
import { hashOf, type Line, readLine } from './lines.js';

/** What stands of an id in a file. */
export interface Found {
  readonly entries: readonly ArchiveEntry[];
  /** Lines of the id that can not be read: they are there, and the others hold all the same. */
  readonly damages: readonly Damage[];
}

/** Reads the lines of an id in a file. Rejects only when the file can not be read at all. */
export async function readEntries(
  path: string,
  id: string,
  places: readonly Omit<Line, 'id'>[],
): Promise<Found> {
  const entries: ArchiveEntry[] = [];
  const damages: Damage[] = [];
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    for (const place of places) {
      const { offset } = place;
      const text = offset + place.length > size ? undefined : await readLine(file, place);
      const entry = text === undefined ? undefined : readEntry(text);
      if (entry?.id === id) entries.push(entry);
      // Ids that are alike in the index are told apart here; any other one is not what was written.
      else if (entry === undefined || hashOf(entry.id) !== hashOf(id)) {
        const run = runIn(text ?? '');
        if (text !== undefined && run.incarnation !== undefined && wasMark(text))
          entries.push({ id, incarnation: run.incarnation, forgottenAt: '' });
        damages.push({ path, offset, ...run });
      }
    }
  } finally {
    await file.close();
  }
  return { entries, damages };
}
