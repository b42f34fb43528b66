import { at, list } from './json.js';

/** Whether an object belongs to the one with this UID. */
export const isOwned = (json: unknown, ownerUid: string): boolean =>
  list(at(json, 'metadata', 'ownerReferences')).some(({ uid }) => uid === ownerUid);

/** Revision of a Rollout that an object is of; 0: it does not say. */
export function revisionOf(annotations: Readonly<Record<string, string>>): number {
  const revision = annotations['rollout.argoproj.io/revision'] ?? '';
  return /^\d+$/.test(revision) ? Number(revision) : 0;
}

interface Created {
  readonly createdAtMs: number;
}

/** Orders the oldest first. */
export const byCreation = (one: Created, other: Created): number => one.createdAtMs - other.createdAtMs;
