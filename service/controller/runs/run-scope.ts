import { CLUSTER_LABEL } from '../../../schemas/index.js';
import type { RunSelection } from '../service/service-client.js';

/** Which AnalysisRuns are this controller's. */
export interface RunScope {
  /** Name of the cluster in the service. */
  readonly cluster: string;
  /** Only this namespace. Undefined: all. */
  readonly namespace?: string;
  /** Only objects with this instance id; undefined: only those without one. */
  readonly instanceId?: string;
}

/** Label of Argo Rollouts by which several controllers share a cluster. */
const INSTANCE_LABEL = 'argo-rollouts.argoproj.io/controller-instance-id';
/** Labels of runs in the service: whose they are. */
const OWNER_INSTANCE_LABEL = 'assay.dev/instance';
/** Label of runs in the service: the UID of their cluster, which is nobody's choice as its name is. */
export const CLUSTER_UID_LABEL = 'assay.dev/cluster-uid';

/** Label selector of the objects of this scope. */
export const objectSelector = ({ instanceId }: RunScope): string =>
  instanceId === undefined ? `!${INSTANCE_LABEL}` : `${INSTANCE_LABEL}=${instanceId}`;

/** Labels by which the runs of this scope are found in the service. */
const ownLabels = ({ cluster, instanceId }: RunScope): Readonly<Record<string, string>> => ({
  [CLUSTER_LABEL]: cluster,
  ...(instanceId === undefined ? {} : { [OWNER_INSTANCE_LABEL]: instanceId }),
});

/**
 * Labels that a run of this scope is handed over with. Those that were handed over before the UID was known are found all the
 * same.
 */
export const handedLabels = (
  scope: RunScope,
  clusterUid: string | undefined,
): Readonly<Record<string, string>> => ({
  ...ownLabels(scope),
  ...(clusterUid === undefined ? {} : { [CLUSTER_UID_LABEL]: clusterUid }),
});

/** The runs of this scope in the service. */
export function selectionOf(scope: RunScope): RunSelection {
  const { namespace, instanceId } = scope;
  const own = Object.entries(ownLabels(scope)).map(([name, value]) => `${name}=${value}`);
  const labels = [...own, ...(instanceId === undefined ? [`!${OWNER_INSTANCE_LABEL}`] : [])];
  return { selector: labels.join(','), ...(namespace === undefined ? {} : { namespace }) };
}
