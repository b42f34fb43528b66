import { type NotificationRecord, validateDocument } from '../../../schemas/index.js';

/** Annotation of a Rollout that keeps what was seen of it and is still to be told. */
export const RECORD = 'assay.dev/notifications';

/** The record of an annotation; undefined: there is none, or it is not one of ours. */
export function readRecord(text: string | undefined): NotificationRecord | undefined {
  if (text === undefined) return undefined;
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    // Somebody else has written it: as good as none.
    return undefined;
  }
  return validateDocument('NotificationRecord', json, { unknownFields: 'dropped' }).value;
}
