import { API_VERSION } from '../../../schemas/index.js';
import type { HandedRun } from '../service/service-client.js';
import type { RunObject } from './run-object.js';

type Json = Readonly<Record<string, unknown>>;

/** Labels and annotations that begin so are Assay's own: labels say whose a run is, annotations are read by the service. */
const OWN_PREFIX = 'assay.dev/';
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';
/** Most characters of annotations that are handed over only to be shown: an object may have more than a request may. */
const MAX_SHOWN = 16_384;

/**
 * An AnalysisRun as it is handed to the service, with the `labels` of the controller. When the object goes is the controller's to
 * decide: by a ttlStrategy of its own the service might forget a verdict that is not on the object yet, and measure anew.
 */
export function handedRun(
  { metadata }: RunObject,
  { ttlStrategy: _ttlStrategy, ...spec }: Json,
  labels: Readonly<Record<string, string>>,
): HandedRun {
  // The version says that an API server has stored the object: what is made for it there may be owned by it.
  const { name, namespace, resourceVersion } = metadata;
  const own = Object.entries(metadata.labels).filter(([key]) => !key.startsWith(OWN_PREFIX));
  return {
    ...{ apiVersion: API_VERSION, kind: 'AnalysisRun' },
    metadata: {
      ...{ name, namespace, resourceVersion },
      // What the controller says wins: nobody may pass for somebody of another cluster, or hide a run from its controller.
      labels: { ...Object.fromEntries(own), ...labels },
      annotations: handedAnnotations(metadata.annotations),
    },
    spec,
  };
}

/** Those that the service reads, and as many of the others as are no burden. */
function handedAnnotations(annotations: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  let left = MAX_SHOWN;
  const handed = Object.entries(annotations).filter(([key, value]) => {
    if (key.startsWith(OWN_PREFIX)) return true;
    const length = key.length + value.length;
    if (key === LAST_APPLIED || length > left) return false;
    left -= length;
    return true;
  });
  return Object.fromEntries(handed);
}
