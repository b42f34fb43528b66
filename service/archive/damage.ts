import { ArchiveDamagedError } from '../engine/index.js';
import type { ArchivedRun } from '../../schemas/index.js';
import type { Log } from '../platform/index.js';

/** Something that was kept of a run and can not be read any more. */
export interface Damage {
  /** The file, or the object. */
  readonly path: string;
  /** Byte of the file at which its line begins. */
  readonly offset?: number;
  /** Which run it is of, where that is legible. */
  readonly incarnation?: string | undefined;
  /** When that was started, epoch ms, where it is legible. */
  readonly createdAtMs?: number | undefined;
}

/** Places of damage that are remembered as told. */
const MAX_TOLD = 10_000;
/** Places of damage that an error names. */
const MAX_NAMED = 3;

/** Tells a log of each place once, as it is met at every look. */
export function tellOnce(log: Log, message: string): (damage: Pick<Damage, 'path' | 'offset'>) => void {
  const told = new Set<string>();
  return ({ path, offset }) => {
    const place = placeOf({ path, ...(offset === undefined ? {} : { offset }) });
    if (told.has(place)) return;
    if (told.size >= MAX_TOLD) told.clear();
    told.add(place);
    log.warn({ path, offset }, message);
  };
}

/** Whether it may be of another run that had the id after this one, whose verdict is no answer then. */
export const mayBeOfLater = (
  { incarnation, createdAtMs }: Damage,
  run: Pick<ArchivedRun, 'incarnation' | 'createdAtMs'>,
): boolean => incarnation !== run.incarnation && (createdAtMs === undefined || createdAtMs > run.createdAtMs);

/** The error for an id of whose newest run nothing else is left than what is damaged. */
export function damaged(id: string, damages: readonly Damage[]): ArchiveDamagedError {
  const places = damages.slice(0, MAX_NAMED).map(placeOf);
  const more = damages.length > MAX_NAMED ? ` and ${damages.length - MAX_NAMED} more` : '';
  return new ArchiveDamagedError(
    `what was kept of the run ${JSON.stringify(id)} is damaged: ${places.join(', ')}${more}`,
  );
}

const placeOf = ({ path, offset }: Damage): string =>
  offset === undefined ? path : `${path} at byte ${offset}`;
