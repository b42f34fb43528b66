import { readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { ControlPlane } from './control-plane/control-plane.js';

const RBAC = '/apis/rbac.authorization.k8s.io/v1';
const ACCOUNT = 'assay-controller';
const rulesOf = (name: string): unknown[] =>
  parse(readFileSync(new URL(`../../helm/assay/rbac/${name}.yaml`, import.meta.url), 'utf8')) as unknown[];

/**
 * Makes a service account with the chart's rules for controllers, and those for its Lease, in all namespaces.
 * @returns path of a kubeconfig of it, in `folder`.
 */
export function leastRights(plane: ControlPlane, folder: string): Promise<string> {
  return rights(plane, { kind: 'ClusterRole', namespace: 'default', path: RBAC }, folder);
}

/** The same in one namespace only, as the chart has it with `controller.namespaced`. */
export function namespacedRights(plane: ControlPlane, namespace: string, folder: string): Promise<string> {
  return rights(plane, { kind: 'Role', namespace, path: `${RBAC}/namespaces/${namespace}` }, folder);
}

async function rights(
  plane: ControlPlane,
  { kind, namespace, path }: { readonly kind: string; readonly namespace: string; readonly path: string },
  folder: string,
): Promise<string> {
  const accounts = `/api/v1/namespaces/${namespace}/serviceaccounts`;
  await plane.call('POST', accounts, { metadata: { name: ACCOUNT } });
  const leases = {
    apiGroups: ['coordination.k8s.io'],
    resources: ['leases'],
    verbs: ['get', 'create', 'update'],
  };
  const grant = async (to: string, of: string, name: string, rules: readonly unknown[]): Promise<void> => {
    await plane.call('POST', `${to}/${of.toLowerCase()}s`, { metadata: { name }, rules });
    await plane.call('POST', `${to}/${of.toLowerCase()}bindings`, {
      ...{ metadata: { name }, roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: of, name } },
      subjects: [{ kind: 'ServiceAccount', name: ACCOUNT, namespace }],
    });
  };
  await grant(path, kind, 'assay-controller', [...rulesOf('controller'), leases]);
  await grant(RBAC, 'ClusterRole', `assay-controller-cluster-${namespace}`, rulesOf('cluster'));
  const { status } = (await plane.call('POST', `${accounts}/${ACCOUNT}/token`, {
    spec: { audiences: [] },
  })) as { status: { token: string } };
  const kubeconfig = parse(await readFile(plane.kubeconfig, 'utf8')) as { users: { name: string }[] };
  const users = kubeconfig.users.map(({ name }) => ({ name, user: { token: status.token } }));
  const file = join(folder, `${namespace}.kubeconfig`);
  await writeFile(file, JSON.stringify({ ...kubeconfig, users }), { mode: 0o600 });
  return file;
}

/** Whether the controller of {@link leastRights} may do this to objects of a namespace, as the API server says. */
export async function mayDo(
  plane: Pick<ControlPlane, 'call'>,
  verb: string,
  {
    group,
    resource,
    namespace,
  }: { readonly group: string; readonly resource: string; readonly namespace: string },
): Promise<boolean> {
  const path = '/apis/authorization.k8s.io/v1/subjectaccessreviews';
  const { status } = (await plane.call('POST', path, {
    spec: {
      user: `system:serviceaccount:default:${ACCOUNT}`,
      resourceAttributes: { verb, group, resource, namespace },
    },
  })) as { status: { allowed: boolean } };
  return status.allowed;
}
