import { readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { ControlPlane } from '../support/control-plane.js';

const RBAC = '/apis/rbac.authorization.k8s.io/v1';
const ACCOUNTS = '/api/v1/namespaces/default/serviceaccounts';
const RULES = new URL('../../helm/assay/rbac/controller.yaml', import.meta.url);

/**
 * Makes a service account with the chart's rules for controllers, and those for its Lease, in all namespaces.
 * @returns path of a kubeconfig of it, in `folder`.
 */
export async function leastRights(plane: ControlPlane, folder: string): Promise<string> {
  const account = { kind: 'ServiceAccount', name: 'controller', namespace: 'default' };
  await plane.call('POST', ACCOUNTS, { metadata: { name: account.name } });
  const rules = parse(readFileSync(RULES, 'utf8')) as unknown[];
  const leases = {
    apiGroups: ['coordination.k8s.io'],
    resources: ['leases'],
    verbs: ['get', 'create', 'update'],
  };
  await plane.call('POST', `${RBAC}/clusterroles`, { metadata: { name: 'c' }, rules: [...rules, leases] });
  await plane.call('POST', `${RBAC}/clusterrolebindings`, {
    metadata: { name: 'c' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'c' },
    subjects: [account],
  });
  const { status } = (await plane.call('POST', `${ACCOUNTS}/controller/token`, {
    spec: { audiences: [] },
  })) as { status: { token: string } };
  const kubeconfig = JSON.parse(await readFile(plane.kubeconfig, 'utf8')) as { users: unknown };
  kubeconfig.users = [{ name: 'admin', user: { token: status.token } }];
  const path = join(folder, 'controller.kubeconfig');
  await writeFile(path, JSON.stringify(kubeconfig), { mode: 0o600 });
  return path;
}
