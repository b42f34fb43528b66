import { type KubernetesApi, KubernetesError } from '../../providers/kubernetes/index.js';
import type { CliDeps } from '../deps.js';
import { CliError, EXIT, type ExitCode } from '../exit-code.js';
import { printable } from '../printable.js';
import type { RolloutPlace } from '../rollouts/change-rollout.js';

/** Which cluster and namespace; absent: those of the kubeconfig's current context. */
export interface ClusterOptions {
  readonly namespace?: string;
  readonly context?: string;
}

/** Where Rollouts are looked for. */
export type RolloutsPlace = Omit<RolloutPlace, 'name'>;

/**
 * Does something at the cluster, and lets go of it.
 * @throws CliError for whatever the cluster refuses (64) or when it can not be reached (69).
 */
export async function atCluster<Result>(
  { namespace, context }: ClusterOptions,
  deps: CliDeps,
  work: (place: RolloutsPlace) => Promise<Result>,
): Promise<Result> {
  const { io } = deps;
  let api: KubernetesApi | undefined;
  try {
    const cluster = await deps.openCluster(context);
    ({ api } = cluster);
    return await work({ api, namespace: namespace ?? cluster.namespace, signal: io.interrupt });
  } catch (error) {
    if (io.interrupt.aborted) throw new CliError(EXIT.interrupted, 'interrupted', { cause: error });
    throw error instanceof KubernetesError ? asCliError(error) : error;
  } finally {
    api?.close();
  }
}

/** What the cluster said, with an exit code. A resource that it does not know is most often a definition that is missing. */
function asCliError(error: KubernetesError): CliError {
  const message = printable(error.message);
  const advice =
    error.status === 404 && message.includes('could not find the requested resource')
      ? ' (are the definitions of Argo Rollouts installed in this cluster?)'
      : '';
  return new CliError(exitCodeFor(error), `${message}${advice}`, { cause: error });
}

/** The server is there, and what was asked can not be done: 64. It is not, or can not answer: 69. */
function exitCodeFor({ status, code }: KubernetesError): ExitCode {
  if (status === undefined) return code === 'invalidSpec' ? EXIT.usage : EXIT.unavailable;
  return status === 429 || status >= 500 ? EXIT.unavailable : EXIT.usage;
}
