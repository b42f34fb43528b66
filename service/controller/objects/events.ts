import { API_VERSION } from '../../../schemas/index.js';
import type { ObjectMeta } from '../../providers/kubernetes/index.js';
import { collectionPath } from './collections.js';
import { eventName, indexPlace, LAST_INDEX, placeOf } from './event-name.js';

/** What an event of an object says. */
export interface ObjectEvent {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
}

const COMPONENT = 'assay-controller';
/** The API server takes no longer ones. */
export const MAX_EVENT_MESSAGE = 1_024;

/** What an event is about. Without a version it is of the object whatever its state. */
export type EventSubject = Pick<ObjectMeta, 'namespace' | 'name' | 'uid'> &
  Partial<Pick<ObjectMeta, 'resourceVersion'>> & { readonly kind: string };

/** Where an event stands among those of its object. */
export interface EventPlace {
  /** Its place among the events of this state; absent: after all others. */
  readonly index?: number | undefined;
  /** What tells this state of the object from others; absent: its version. */
  readonly state?: string | undefined;
}

/** The `state` of events that an object has once in its life. */
export const ANY_STATE = 'any';

/** An event as the API server is sent it. */
export interface NewEvent {
  readonly path: string;
  readonly name: string;
  readonly body: unknown;
}

/**
 * An event of an object at a time, epoch ms. The same one of the same state of the object has the same name, however often it
 * is recorded: another controller may go on where one was ended.
 */
export function newEvent(
  subject: EventSubject,
  event: ObjectEvent,
  atMs: number,
  { index = LAST_INDEX, state = subject.resourceVersion }: EventPlace = {},
): NewEvent {
  const { kind, namespace, name, uid, resourceVersion } = subject;
  const at = new Date(atMs).toISOString().replace(/\.\d+Z$/, 'Z');
  const [place, content] =
    state === ANY_STATE ? [indexPlace(index), [uid, event]] : [placeOf(state, index), [uid, state, event]];
  // Events of what lives in no namespace are in this one.
  const home = namespace === '' ? 'default' : namespace;
  const unique = eventName(name, place, content);
  return {
    name: unique,
    path: collectionPath({ group: '', version: 'v1', resource: 'events', kind: 'Event' }, home),
    body: {
      metadata: { name: unique, namespace: home },
      involvedObject: {
        ...{ apiVersion: API_VERSION, kind, name, uid },
        ...(namespace === '' ? {} : { namespace }),
        ...(resourceVersion === undefined ? {} : { resourceVersion }),
      },
      ...{ ...event, message: event.message.slice(0, MAX_EVENT_MESSAGE) },
      ...{ source: { component: COMPONENT }, reportingComponent: COMPONENT },
      ...{ firstTimestamp: at, lastTimestamp: at, count: 1 },
    },
  };
}
