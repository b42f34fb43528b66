import { createHash } from 'node:crypto';
import { type KubernetesApi, KubernetesError, type ObjectMeta } from '../../providers/kubernetes/index.js';
import { API_VERSION } from '../../../schemas/index.js';
import { collectionPath } from './collections.js';

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
 * @throws KubernetesError
 */
export async function recordEvent(
  api: KubernetesApi,
  subject: EventSubject,
  event: ObjectEvent,
  nowMs: number,
  signal: AbortSignal,
): Promise<void> {
  const { kind, namespace, name, uid, resourceVersion } = subject;
  const at = new Date(nowMs).toISOString().replace(/\.\d+Z$/, 'Z');
  const digest = createHash('sha256')
    .update(JSON.stringify([uid, resourceVersion, event]))
    .digest('hex')
    .slice(0, 16);
  const body = {
    metadata: { name: `${name.slice(0, 230)}.${digest}`, namespace },
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
