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
const MAX_MESSAGE = 1_024;

/** What an event is about. Without a version it is of the object whatever its state. */
export type EventSubject = Pick<ObjectMeta, 'namespace' | 'name' | 'uid'> &
  Partial<Pick<ObjectMeta, 'resourceVersion'>> & { readonly kind: 'Rollout' | 'Experiment' };

/**
 * Records an event of an object. The same one of the same state of the object is one, however often it is recorded: another
 * controller may go on where one was ended.
 * @param index its place among the events of this state; absent: after all others.
 * @throws KubernetesError
 */
export async function recordEvent(
  api: KubernetesApi,
  subject: EventSubject,
  event: ObjectEvent,
  nowMs: number,
  signal: AbortSignal,
  index = LAST_INDEX,
): Promise<void> {
  const { kind, namespace, name, uid, resourceVersion } = subject;
  const at = new Date(nowMs).toISOString().replace(/\.\d+Z$/, 'Z');
  const place = placeOf(resourceVersion, index);
  const body = {
    metadata: { name: eventName(name, place, [uid, resourceVersion, event]), namespace },
    involvedObject: {
      ...{ apiVersion: API_VERSION, kind, namespace, name, uid },
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
    },
    ...{ ...event, message: event.message.slice(0, MAX_MESSAGE) },
    ...{ source: { component: COMPONENT }, reportingComponent: COMPONENT },
    ...{ firstTimestamp: at, lastTimestamp: at, count: 1 },
  };
  const path = collectionPath({ group: '', version: 'v1', resource: 'events', kind: 'Event' }, namespace);
  try {
    await api.request({ method: 'POST', path, body, signal });
  } catch (error) {
    if (!(error instanceof KubernetesError && error.status === 409)) throw error;
  }
}
