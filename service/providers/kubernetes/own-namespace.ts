import { existsSync, readFileSync } from 'node:fs';

/** Where a pod finds the namespace that it runs in. */
const NAMESPACE_FILE = '/var/run/secrets/kubernetes.io/serviceaccount/namespace';

/** Where the reference is installed by default: credentials of metric stores that are already in use are there. */
export const DEFAULT_OWN_NAMESPACE = 'argo-rollouts';

/**
 * The namespace that this process is in: `POD_NAMESPACE`, else that of the pod. Undefined: it is in none.
 * @param readText reads a file; undefined: there is none.
 */
export function podNamespace(
  env: Readonly<Record<string, string | undefined>>,
  readText: (path: string) => string | undefined = readUtf8,
): string | undefined {
  return env['POD_NAMESPACE'] || readText(NAMESPACE_FILE)?.trim() || undefined;
}

/**
 * The namespace of the service itself: `POD_NAMESPACE`, else that of the pod, else {@link DEFAULT_OWN_NAMESPACE}.
 * @param readText reads a file; undefined: there is none.
 */
export function ownNamespace(
  env: Readonly<Record<string, string | undefined>>,
  readText?: (path: string) => string | undefined,
): string {
  return podNamespace(env, readText) ?? DEFAULT_OWN_NAMESPACE;
}

const readUtf8 = (path: string): string | undefined =>
  existsSync(path) ? readFileSync(path, 'utf8') : undefined;
