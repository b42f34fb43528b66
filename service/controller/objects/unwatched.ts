import type { Log } from '../../platform/index.js';
import { KubernetesError } from '../../providers/kubernetes/index.js';
import { API_VERSION } from '../../../schemas/index.js';
import type { ObjectType } from '../traffic/index.js';

const [GROUP = ''] = API_VERSION.split('/');
const REMEDY =
  'kubectl apply -f helm/assay/crds/, or of the chart: helm show crds CHART | kubectl apply -f -';

/**
 * Logs that objects of a kind can not be watched.
 * @returns why, and what to do about it where that is known.
 */
export function tellUnwatched(
  log: Log,
  { group, resource, kind }: ObjectType,
  error: unknown,
  path: string,
): string {
  const isMissing = error instanceof KubernetesError && error.status === 404 && group === GROUP;
  if (!isMissing) {
    log.warn({ err: error, path }, `${kind} objects can not be watched`);
    return error instanceof Error ? error.message : String(error);
  }
  const told = `the definition ${resource}.${group} is not installed: ${REMEDY}`;
  log.warn({ path }, told);
  return told;
}
