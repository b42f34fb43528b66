import { stat } from 'node:fs/promises';
import { delimiter } from 'node:path';
import { openClusterAccess } from './cluster-access.js';
import type { ClusterCredentials } from './kube-config.js';
import type { ClusterAccess } from './kubernetes-api.js';

/** Access to a cluster whose credentials may be replaced at any time. */
export interface RenewedAccess {
  /** With the credentials as they are now, or were a moment ago. Rejects with `KubernetesError` when there are none. */
  current(): Promise<ClusterAccess>;
  /** The server knew no such credentials: they are looked at when they are needed next. */
  doubt(): void;
}

/** How long what was read is used without a look at the files, ms. */
const FRESH_MS = 10_000;

interface Opened {
  readonly access: ClusterAccess;
  /** What the files were like. */
  readonly stamp: string;
}

/**
 * Opens the access when it is first needed, and again when a file of the kubeconfig has changed. One that can not be used, as
 * it is being written, does not take the place of one that could. The token of a service account is renewed by its own access.
 * @param nowMs a clock that only goes on.
 */
export function renewedAccess(credentials: ClusterCredentials, nowMs: () => number): RenewedAccess {
  let opened: Promise<Opened> | undefined;
  let lookedAtMs = 0;

  const open = async (): Promise<Opened> => {
    // Before it is read: what is written meanwhile is seen at the next look.
    const stamp = await stampOf(credentials);
    return { access: await openClusterAccess(credentials), stamp };
  };
  const renewed = async (before: Promise<Opened>): Promise<Opened> => {
    const known = await before;
    if ((await stampOf(credentials)) === known.stamp) return known;
    return open().catch(() => known);
  };

  return {
    async current() {
      if (opened === undefined || nowMs() - lookedAtMs >= FRESH_MS) {
        lookedAtMs = nowMs();
        const opening = opened === undefined ? open() : renewed(opened);
        opened = opening;
        opening.catch(() => {
          // A file that is not there yet may be when the next measurement asks.
          if (opened === opening) opened = undefined;
        });
      }
      return (await opened).access;
    },
    doubt() {
      lookedAtMs = Number.NEGATIVE_INFINITY;
    },
  };
}

/** Changes with every change of the files of a kubeconfig. A file that is not there is as good as empty. */
async function stampOf(credentials: ClusterCredentials): Promise<string> {
  if (credentials.kind === 'serviceAccount') return '';
  const paths = credentials.path.split(delimiter).filter((path) => path !== '');
  const stamps = paths.map(async (path) => {
    const file = await stat(path).catch(() => undefined);
    return file === undefined ? '' : `${file.ino} ${file.size} ${file.mtimeMs}`;
  });
  return (await Promise.all(stamps)).join('\n');
}
