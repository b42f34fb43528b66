import type { Damage } from './damage.js';
import type { ArchiveEntry } from './newest.js';

const INCARNATION = /"incarnation":"([\w-]+)"/;
const CREATED_AT = /"createdAtMs":(\d+(?:\.\d+)?),/;
/** Characters at the beginning of a text, behind the id, within which both stand. */
const HEAD_CHARACTERS = 2_048;

/** The entry that a text is; undefined: it is damaged, or was never one. */
export function readEntry(text: string): ArchiveEntry | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isEntry(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isEntry(value: unknown): value is ArchiveEntry {
  if (typeof value !== 'object' || value === null) return false;
  if (!('id' in value) || typeof value.id !== 'string') return false;
  if (!('incarnation' in value) || typeof value.incarnation !== 'string') return false;
  if ('forgottenAt' in value) return true;
  return 'run' in value && typeof value.run === 'object' && value.run !== null;
}

/** Which run a damaged text is of, and when that was started, epoch ms, as far as they are legible. */
export function runIn(text: string): Pick<Damage, 'incarnation' | 'createdAtMs'> {
  const head = text.slice(0, HEAD_CHARACTERS);
  const createdAt = CREATED_AT.exec(head)?.[1];
  return {
    incarnation: INCARNATION.exec(head)?.[1],
    createdAtMs: createdAt === undefined ? undefined : Number(createdAt),
  };
}

/** A mark is short, whatever of the line of a run has been overwritten. */
const MARK_CHARACTERS = 512;

/** Whether a damaged text was the mark of a run that is forgotten, which must not be found again for a damaged byte. */
export const wasMark = (text: string): boolean =>
  text.length < MARK_CHARACTERS && !text.includes('"run":') && !text.includes('"createdAtMs":');
