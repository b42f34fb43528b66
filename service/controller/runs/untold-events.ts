import { isDeepStrictEqual } from 'node:util';
import { Unanswered } from '../objects/unanswered.js';
import type { RunObject } from './run-object.js';
import type { RunEventText } from './run-status.js';

/** A status that is being written, and the events that are told once it is stored. */
interface Untold {
  readonly status: Readonly<Record<string, unknown>>;
  readonly events: readonly RunEventText[];
}

/**
 * Events of statuses of which nobody knows yet whether they are stored. The answer to a write may get lost, and the watch
 * may be the first to bring what was written, or come after the next write was begun: whoever sees it first takes the events.
 */
export class UntoldEvents {
  readonly #writes = new Unanswered<Untold>();

  /** What is written now. */
  keep({ metadata: { uid } }: RunObject, untold: Untold): void {
    const last = this.#writes.of(uid).at(-1);
    if (last !== undefined && isDeepStrictEqual(last.status, untold.status))
      this.#writes.replaceLast(uid, untold);
    else if (last !== undefined || untold.events.length > 0) this.#writes.keep(uid, untold);
  }

  /** The events of an object whose last write was answered: what was written before is not stored. They are taken once. */
  take(object: RunObject): readonly RunEventText[] {
    const events = this.#writes.of(object.metadata.uid).at(-1)?.events ?? [];
    this.drop(object);
    return events;
  }

  /** The events of an object, if it has a status that they are of. They are taken once. */
  of(object: RunObject): readonly RunEventText[] {
    const untold = this.#writes.of(object.metadata.uid).findLast((each) => isStored(object, each));
    // Of one that is over nothing more is stored.
    if (untold !== undefined || object.isCompleted) this.drop(object);
    return untold?.events ?? [];
  }

  drop({ metadata: { uid } }: RunObject): void {
    this.#writes.drop(uid);
  }
}

/** Of an object that is over only the phase is kept, which is the last one that anybody writes. */
const isStored = ({ phase, open }: RunObject, { status }: Untold): boolean =>
  phase === status['phase'] && (open === undefined || isDeepStrictEqual(open.status, status));
