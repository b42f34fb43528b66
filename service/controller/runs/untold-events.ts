import { isDeepStrictEqual } from 'node:util';
import type { RunObject } from './run-object.js';
import type { RunEventText } from './run-status.js';

/** A status that is being written, and the events that are told once it is stored. */
interface Untold {
  readonly status: Readonly<Record<string, unknown>>;
  readonly events: readonly RunEventText[];
}

/**
 * Events of statuses of which nobody knows yet whether they are stored. The answer to a write may get lost, and the watch
 * may be the first to bring what was written: whoever sees it first takes the events.
 */
export class UntoldEvents {
  readonly #byId = new Map<string, Untold>();

  /** What is written now: events of what was not stored before come again, as they follow from the object. */
  keep({ metadata: { uid } }: RunObject, untold: Untold): void {
    if (untold.events.length === 0) this.#byId.delete(uid);
    else this.#byId.set(uid, untold);
  }

  /** The events of an object that was written. They are taken once. */
  take(object: RunObject): readonly RunEventText[] {
    const events = this.#byId.get(object.metadata.uid)?.events ?? [];
    this.drop(object);
    return events;
  }

  /** The events of an object, if it has the status that they are of. They are taken once. */
  of(object: RunObject): readonly RunEventText[] {
    const untold = this.#byId.get(object.metadata.uid);
    return untold !== undefined && isStored(object, untold) ? this.take(object) : [];
  }

  drop({ metadata: { uid } }: RunObject): void {
    this.#byId.delete(uid);
  }
}

/** Of an object that is over only the phase is kept, which is the last one that anybody writes. */
const isStored = ({ phase, open }: RunObject, { status }: Untold): boolean =>
  phase === status['phase'] && (open === undefined || isDeepStrictEqual(open.status, status));
