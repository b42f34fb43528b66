import { type KubernetesApi, KubernetesError, type ObjectMeta } from '../../providers/kubernetes/index.js';
import { API_VERSION } from '../../../schemas/index.js';
import { collectionPath } from './collections.js';
import { eventName, LAST_INDEX, placeOf } from './event-name.js';

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
  Partial<Pick<ObjectMeta, 'resourceVersion'>> & { readonly kind: 'Rollout' | 'Experiment' };

/** Where an event stands among those of its object. */
export interface EventPlace {
  /** Its place among the events of this state; absent: after all others. */
  readonly index?: number | undefined;
  /** What tells this state of the object from others; absent: its version. */
  readonly version?: string | undefined;
}

/**
 * Records an event of an object. The same one of the same state of the object is one, however often it is recorded: another
 * controller may go on where one was ended.
 * @throws KubernetesError
 */
export async function recordEvent(
  api: KubernetesApi,
  subject: Omit<EventSubject, 'kind'> & { readonly kind: string },
  event: ObjectEvent,
  nowMs: number,
  signal: AbortSignal,
  { index = LAST_INDEX, version = subject.resourceVersion }: EventPlace = {},
): Promise<void> {
  const { kind, namespace, name, uid, resourceVersion } = subject;
  const at = new Date(nowMs).toISOString().replace(/\.\d+Z$/, 'Z');
  const place = placeOf(version, index);
  // Events of what lives in no namespace are in this one.
  const home = namespace === '' ? 'default' : namespace;
  const body = {
    metadata: { name: eventName(name, place, [uid, version, event]), namespace: home },
    involvedObject: {
      ...{ apiVersion: API_VERSION, kind, name, uid },
      ...(namespace === '' ? {} : { namespace }),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
    },
    ...{ ...event, message: event.message.slice(0, MAX_EVENT_MESSAGE) },
    ...{ source: { component: COMPONENT }, reportingComponent: COMPONENT },
    ...{ firstTimestamp: at, lastTimestamp: at, count: 1 },
  };
  const path = collectionPath({ group: '', version: 'v1', resource: 'events', kind: 'Event' }, home);
  try {
    await api.request({ method: 'POST', path, body, signal });
  } catch (error) {
    if (!(error instanceof KubernetesError && error.status === 409)) throw error;
  }
}
