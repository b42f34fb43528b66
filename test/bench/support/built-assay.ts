import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { type ServerProcess, startServer } from '../../support/server-process.js';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const MAIN = join(ROOT, 'dist', 'service', 'main.js');
const IN_POD = join(import.meta.dirname, 'controller-in-pod-process.mjs');
/** Options of Node in the image, and of the chart for a controller. */
const NODE_OPTIONS = {
  serve: ['--max-semi-space-size=64'],
  controller: ['--max-semi-space-size=8', '--max-old-space-size=160'],
} as const;

/** Builds the program as it is shipped. */
export function buildAssay(): void {
  execFileSync('npm', ['run', '--silent', 'build'], { cwd: ROOT, stdio: ['ignore', 'ignore', 'inherit'] });
}

/** A process of the program as {@link buildAssay} made it. */
export const startAssay = (
  command: keyof typeof NODE_OPTIONS,
  env: Readonly<Record<string, string>>,
): Promise<ServerProcess> =>
  startServer(process.execPath, [...NODE_OPTIONS[command], MAIN, command], {
    ASSAY_LOG_LEVEL: 'error',
    ...env,
  });

/** What is read of a kubeconfig with the token of a service account. */
interface KubeConfigFile {
  readonly clusters: readonly {
    readonly cluster: { readonly server: string; readonly 'certificate-authority-data': string };
  }[];
  readonly users: readonly { readonly user: { readonly token: string } }[];
}

/**
 * A controller as it runs in a pod of the chart, with the service account of a kubeconfig: for a kubeconfig it would load the client
 * library of Kubernetes, 60 MB.
 */
export async function startControllerInPod(
  kubeconfig: string,
  env: Readonly<Record<string, string>>,
): Promise<ServerProcess> {
  const { clusters, users } = parse(await readFile(kubeconfig, 'utf8')) as KubeConfigFile;
  const [cluster, user] = [clusters[0]?.cluster, users[0]?.user];
  if (cluster === undefined || user === undefined) throw new Error(`${kubeconfig} has no cluster or no user`);
  const { hostname, port } = new URL(cluster.server);
  const folder = await mkdtemp(join(tmpdir(), 'assay-service-account-'));
  await writeFile(join(folder, 'token'), user.token, { mode: 0o600 });
  await writeFile(join(folder, 'ca.crt'), Buffer.from(cluster['certificate-authority-data'], 'base64'));
  const controller = await startServer(process.execPath, [...NODE_OPTIONS.controller, IN_POD, folder], {
    ...{ KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port || '443' },
    ...{ ASSAY_LOG_LEVEL: 'error', ...env },
  });
  return {
    ...controller,
    async stop(signal) {
      await controller.stop(signal);
      await rm(folder, { recursive: true });
    },
  };
}
