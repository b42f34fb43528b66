import { createHash } from 'node:crypto';
import type { RunScope } from './runs/run-scope.js';

/** https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-subdomain-names */
const VALID = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

/**
 * Name of the Lease of the replicas that look at the same objects: the watched namespace comes first, which has no dots.
 */
export function leaseName({ namespace, instanceId }: Pick<RunScope, 'namespace' | 'instanceId'>): string {
  const name = instanceId === undefined ? 'assay-controller' : `assay-controller-${readable(instanceId)}`;
  return namespace === undefined ? name : `${namespace}.${name}`;
}

/** An instance id is the value of a label, which may have more than a name. */
function readable(instanceId: string): string {
  const name = instanceId.toLowerCase();
  // Ids that differ in upper case only are two.
  if (VALID.test(instanceId)) return instanceId;
  const digest = createHash('sha256').update(instanceId).digest('hex').slice(0, 8);
  return `${name.replace(/[^a-z0-9]+/g, '-')}-${digest}`;
}
