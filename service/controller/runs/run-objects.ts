import { API_VERSION } from '../../../schemas/index.js';
import { type KubernetesApi, KubernetesError } from '../../providers/kubernetes/index.js';
import { type RunObject, readRunObject } from './run-object.js';
import { statusPatch } from './run-status.js';
import { barest } from './status-size.js';

type Status = Readonly<Record<string, unknown>>;

/** What the controller does with AnalysisRuns on the API server. Rejects with `KubernetesError`. */
export interface RunObjects {
  /**
   * Writes the status if the object is still the one that it was made for; undefined: it is another one, or gone. Of one that
   * the API server has no place for, what decides.
   */
  writeStatus(object: RunObject, status: Status): Promise<RunObject | 'changed' | undefined>;
  /** The object as it is; undefined: it is gone. */
  read(namespace: string, name: string): Promise<RunObject | undefined>;
  /** Deletes this very object, not another one that has its name now. */
  delete(object: RunObject): Promise<void>;
}

const [GROUP = '', VERSION = ''] = API_VERSION.split('/');

/** Path of the AnalysisRuns of a namespace, or of all. */
export const runsPath = (namespace?: string): string =>
  namespace === undefined
    ? `/apis/${GROUP}/${VERSION}/analysisruns`
    : `/apis/${GROUP}/${VERSION}/namespaces/${encodeURIComponent(namespace)}/analysisruns`;

const runPath = (namespace: string, name: string): string =>
  `${runsPath(namespace)}/${encodeURIComponent(name)}`;

/**
 * AnalysisRuns of a cluster.
 * @param signal ends requests that are under way.
 */
export function createRunObjects(api: KubernetesApi, signal: AbortSignal): RunObjects {
  /**
   * Argo Rollouts' own definition has no `…/status`: there a status is written with the object. Definitions are replaced while
   * a controller runs, so that this is only where to begin.
   */
  let isSubresource = true;

  const patch = async (path: string, body: unknown): Promise<RunObject | 'changed' | undefined> => {
    try {
      return readRunObject(await api.request({ method: 'PATCH', path, body, signal }));
    } catch (error) {
      if (hasStatus(error, 409)) return 'changed';
      if (hasStatus(error, 404)) return undefined;
      throw error;
    }
  };

  const read = async (namespace: string, name: string): Promise<RunObject | undefined> => {
    try {
      return readRunObject(await api.request({ method: 'GET', path: runPath(namespace, name), signal }));
    } catch (error) {
      if (hasStatus(error, 404)) return undefined;
      throw error;
    }
  };

  const write = async (
    { metadata, open }: RunObject,
    status: Status,
  ): Promise<RunObject | 'changed' | undefined> => {
    const { namespace, name, uid, resourceVersion } = metadata;
    // The version: what another controller wrote meanwhile is looked at first. The UID: another object is not ours.
    const body = {
      metadata: { uid, resourceVersion },
      status: statusPatch(open?.status ?? {}, status),
    };
    const path = runPath(namespace, name);
    if (isSubresource) {
      const written = await patch(`${path}/status`, body);
      if (written !== undefined) return written;
      // Also of an object that is gone the answer is 404, and another one may have its name by now.
      if ((await read(namespace, name))?.metadata.uid !== uid) return undefined;
      isSubresource = false;
    }
    const written = await patch(path, body);
    if (written === undefined || written === 'changed' || isTaken(written, metadata, status)) return written;
    // Where there is a subresource, a status that comes with the object is left out, and the answer is 200.
    const again = await patch(`${path}/status`, body);
    if (again === undefined) return hasPhase(written, status) ? written : undefined;
    isSubresource = true;
    return again;
  };

  return {
    read,
    async writeStatus(object, status) {
      try {
        return await write(object, status);
      } catch (error) {
        if (!isTooLarge(error)) throw error;
        return write(object, barest(status, object.metadata.uid));
      }
    },
    async delete({ metadata: { namespace, name, uid } }) {
      const body = { propagationPolicy: 'Background', preconditions: { uid } };
      try {
        await api.request({ method: 'DELETE', path: runPath(namespace, name), body, signal });
      } catch (error) {
        if (!hasStatus(error, 404) && !hasStatus(error, 409)) throw error;
      }
    },
  };
}

const hasStatus = (error: unknown, status: number): boolean =>
  error instanceof KubernetesError && error.status === status;

/** Whether a status was stored with the object: what stays as it was has the version that it had. */
const isTaken = (written: RunObject, { resourceVersion }: RunObject['metadata'], status: Status): boolean =>
  written.metadata.resourceVersion !== resourceVersion && hasPhase(written, status);

const hasPhase = ({ phase }: RunObject, status: Status): boolean => phase === status['phase'];

/** Whether a write was refused for its size: by the API server, or by etcd, whose refusals come with the status 500. */
const isTooLarge = (error: unknown): boolean =>
  error instanceof KubernetesError &&
  (error.status === 413 ||
    ((error.status === 422 || error.status === 500) &&
      /too large|larger than max|too long/i.test(error.message)));
