import { readFile } from 'node:fs/promises';
import type { RequestOptions } from 'node:https';
import { join } from 'node:path';
import type { ClusterAccess } from './kubernetes-api.js';

/** Where a pod finds its service account (https://kubernetes.io/docs/tasks/run-application/access-api-from-pod). */
export const SERVICE_ACCOUNT_FOLDER = '/var/run/secrets/kubernetes.io/serviceaccount';

/** The API server as a pod sees it, and the files of its service account. */
export interface ServiceAccount {
  readonly host: string;
  readonly port: string;
  /** With `token` and `ca.crt`. */
  readonly folder: string;
}

/** How long what was read is used, ms: the kubelet renews a token long before it runs out. */
const FRESH_MS = 60_000;

/**
 * Access with the service account of a pod. The client library could do it as well, but takes half a second and 60 MB to load,
 * of which a pod needs nothing.
 * @param nowMs a clock that only goes on.
 */
export function serviceAccountAccess(
  { host, port, folder }: ServiceAccount,
  nowMs: () => number,
): ClusterAccess {
  let read: { readonly atMs: number; readonly files: Promise<{ token: string; ca: string }> } | undefined;
  const files = (): Promise<{ token: string; ca: string }> => {
    if (read !== undefined && nowMs() - read.atMs < FRESH_MS) return read.files;
    const reading = Promise.all(['token', 'ca.crt'].map((name) => readFile(join(folder, name), 'utf8'))).then(
      ([token = '', ca = '']) => ({ token: token.trim(), ca }),
    );
    read = { atMs: nowMs(), files: reading };
    reading.catch(() => {
      // The next request may find it.
      read = undefined;
    });
    return reading;
  };
  return {
    server: `https://${host.includes(':') ? `[${host}]` : host}:${port}`,
    isProxied: false,
    async authorize(options: RequestOptions) {
      const { token, ca } = await files();
      options.ca = ca;
      options.headers = { authorization: `Bearer ${token}` };
    },
  };
}
