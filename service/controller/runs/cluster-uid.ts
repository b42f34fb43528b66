import { type Log, pause, type Timers } from '../../platform/index.js';
import { fields, type KubernetesApi, KubernetesError, text } from '../../providers/kubernetes/index.js';

/** What {@link ClusterUid} needs. */
interface ClusterUidDeps {
  readonly api: Pick<KubernetesApi, 'request'>;
  readonly timers: Timers;
  readonly log: Log;
}

/** It is made with the cluster and can not be deleted, so that its UID is taken for that of the cluster. */
const PATH = '/api/v1/namespaces/kube-system';
const RETRY_MS = 1_000;
/** How often a server is asked that answers, and not with it: runs are not to wait for that. */
const TRIES = 10;

/**
 * Tells this cluster from all others, whatever their controllers were told to call them: names are given by people, and two
 * clusters may have the same one.
 */
export class ClusterUid {
  readonly #deps: ClusterUidDeps;
  #known: string | undefined;
  #told = '';

  constructor(deps: ClusterUidDeps) {
    this.#deps = deps;
  }

  /** Undefined: it was not read, or may not be. */
  get known(): string | undefined {
    return this.#known;
  }

  /**
   * Reads it unless it is known. Whoever may not read it, or is not told for ten seconds, goes on without; a server that is away
   * is asked again, as nothing can be done without it anyway.
   */
  async read(signal: AbortSignal): Promise<void> {
    let answers = 0;
    while (this.#known === undefined && !signal.aborted) {
      try {
        const object = fields(await this.#deps.api.request({ method: 'GET', path: PATH, signal }));
        this.#known = text(fields(object['metadata'])['uid']) || undefined;
        return;
      } catch (error) {
        if (isOver(signal)) return;
        this.#tell(error);
        if (isRefusal(error)) return;
        if (error instanceof KubernetesError && error.status !== undefined && ++answers >= TRIES) return;
      }
      await pause(this.#deps.timers, RETRY_MS, signal);
    }
  }

  #tell(error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error);
    if (reason === this.#told) return;
    this.#told = reason;
    this.#deps.log.warn(
      { err: error },
      isRefusal(error)
        ? 'the UID of the cluster may not be read: runs whose objects are gone can not be told from those of other clusters, and go on in the service; allow "get" of the namespace kube-system'
        : 'the UID of the cluster can not be read yet',
    );
  }
}

const isRefusal = (error: unknown): boolean =>
  error instanceof KubernetesError && (error.status === 403 || error.status === 404);

/** It may have been aborted in between, which the compiler does not see. */
const isOver = (signal: AbortSignal): boolean => signal.aborted;
