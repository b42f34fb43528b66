import { isDeepStrictEqual } from 'node:util';
import { isObject } from '../../../schemas/index.js';
import { fields, isPassing } from '../../providers/kubernetes/index.js';
import { keyOf } from '../runs/run-object.js';
import type { Json } from '../rollout/types.js';
import type { Stored } from './object-cache.js';
import { Unanswered } from './unanswered.js';

interface Write {
  readonly uid: string;
  /** The version that it was a change of. */
  readonly version: string;
  readonly patch: Json;
  readonly tell: () => void;
}

/**
 * Statuses whose writes got no answer. What is told of a status is told once it is written; of one that may be stored all the
 * same, once the object is seen to have it: nothing follows from the object then that says it again.
 */
export class UnansweredStatuses {
  readonly #writes = new Unanswered<Write>();

  /**
   * Writes a status. `tell` is called later, if no answer came and it was stored; of what was answered the caller tells itself.
   * @throws what `write` throws.
   */
  async write(stored: Stored, patch: Json, write: () => Promise<void>, tell: () => void): Promise<void> {
    const { uid, resourceVersion } = stored.metadata;
    const key = keyOf(stored.metadata);
    try {
      await write();
    } catch (error) {
      if (isPassing(error)) this.#writes.keep(key, { uid, version: resourceVersion, patch, tell });
      throw error;
    }
    // Written of the state that all others were made of: none of them is stored.
    this.#writes.drop(key);
  }

  /** Looks at an object before it is decided about: whether one of the statuses is stored. */
  look({ metadata, json }: Stored): void {
    const key = keyOf(metadata);
    const writes = this.#writes.of(key);
    // Nothing newer is known than what they were made of.
    if (writes.some(({ uid, version }) => uid === metadata.uid && version === metadata.resourceVersion))
      return;
    this.#writes.drop(key);
    const status = fields(json['status']);
    writes.find(({ uid, patch }) => uid === metadata.uid && isIn(patch, status))?.tell();
  }

  /** The object of this namespace and name is gone. */
  forget(key: string): void {
    this.#writes.drop(key);
  }
}

/** Whether a JSON merge patch would change nothing. */
function isIn(patch: Json, value: Json): boolean {
  return Object.entries(patch).every(([name, wanted]) => {
    const there = value[name];
    if (wanted === null) return there === undefined || there === null;
    return isObject(wanted) ? isObject(there) && isIn(wanted, there) : isDeepStrictEqual(there, wanted);
  });
}

/** The events right after an action of a plan: what is told of it. */
export function eventsAfter<Action extends { readonly kind: string }>(
  actions: readonly Action[],
  index: number,
): readonly Extract<Action, { readonly kind: 'event' }>[] {
  const events: Extract<Action, { readonly kind: 'event' }>[] = [];
  for (const action of actions.slice(index + 1)) {
    if (!isEvent(action)) break;
    events.push(action);
  }
  return events;
}

const isEvent = <Action extends { readonly kind: string }>(
  action: Action,
): action is Extract<Action, { readonly kind: 'event' }> => action.kind === 'event';
