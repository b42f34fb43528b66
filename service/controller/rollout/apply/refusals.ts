import { KubernetesError } from '../../../providers/kubernetes/index.js';
import { type Refusal, refusalKey } from '../types.js';

/** ReplicaSets, runs and experiments of one Rollout that could not be made. */
export interface RolloutRefusals {
  readonly byObject: ReadonlyMap<string, Refusal>;
  /** One could not be made. What is refused for good ends the rollout at once, all else after `limitMs`. */
  failed(what: { readonly kind: string; readonly name: string }, error: unknown, limitMs: number): void;
  made(what: { readonly kind: string; readonly name: string }): void;
}

/** Statuses that are about the object itself: however often it is asked, the API server will not take it. A quota may be raised. */
const FINAL: ReadonlySet<number> = new Set([400, 413, 422]);

/** Kept in this process only: whoever goes on asks once more, and is told the same. */
export class Refusals {
  readonly #ofRollouts = new Map<string, { readonly uid: string; readonly byObject: Map<string, Refusal> }>();
  readonly #nowMs: () => number;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** Those of a Rollout. Another one of its name begins without any; one that was given up may be retried, and measures anew. */
  of(key: string, uid: string, isAborted: boolean): RolloutRefusals {
    const known = this.#ofRollouts.get(key);
    const byObject = known?.uid === uid ? known.byObject : new Map<string, Refusal>();
    this.#ofRollouts.set(key, { uid, byObject });
    if (isAborted) for (const id of byObject.keys()) if (!id.startsWith('ReplicaSet/')) byObject.delete(id);
    return {
      byObject,
      failed: ({ kind, name }, error, limitMs) => {
        const status = error instanceof KubernetesError ? error.status : 0;
        // A server that is away has refused nothing.
        if (status === undefined) return;
        const id = refusalKey(kind, name);
        const why = error instanceof Error ? error.message : String(error);
        const nowMs = this.#nowMs();
        const abortAtMs = FINAL.has(status) ? nowMs : (byObject.get(id)?.abortAtMs ?? nowMs + limitMs);
        byObject.set(id, { why, abortAtMs });
      },
      made: ({ kind, name }) => {
        byObject.delete(refusalKey(kind, name));
      },
    };
  }

  forget(key: string): void {
    this.#ofRollouts.delete(key);
  }
}
