import type { Action } from '../types.js';
import { WORKLOAD_GENERATION } from './names.js';
import { readyOf, revisionOf, sizeOf, total } from './replica-set.js';
import type { Scene } from './scene.js';

/** The Rollout tells which generation of the workload it has seen; nothing where it names none. */
export function workloadNoteActions({ rollout, spec, snapshot }: Scene): readonly Action[] {
  const generation = generationOf(
    spec.workloadRef === undefined ? undefined : snapshot.workload?.metadata.generation,
  );
  if (generation === rollout.metadata?.annotations?.[WORKLOAD_GENERATION]) return [];
  return [
    {
      kind: 'patchRollout',
      patch: { metadata: { annotations: { [WORKLOAD_GENERATION]: generation ?? null } } },
    },
  ];
}

const generationOf = (generation: number | undefined): string | undefined =>
  generation === undefined ? undefined : String(generation);

/**
 * The Deployment of before gives its pods up: `onsuccess` once the Rollout is healthy, `progressively` pod by pod as those of
 * the Rollout are ready. Both only for the first revision: it is a move from the one to the other.
 */
export function workloadScaleActions({
  spec,
  snapshot,
  newSet,
  all,
  replicas,
  status,
}: Scene): readonly Action[] {
  const { workload } = snapshot;
  if (workload === undefined || spec.workloadRef?.kind !== 'Deployment' || revisionOf(newSet) !== 1)
    return [];
  const wanted = wantedSize();
  return wanted === undefined || wanted === (workload.replicas ?? 1)
    ? []
    : [{ kind: 'scaleWorkload', replicas: wanted }];

  function wantedSize(): number | undefined {
    const mode = spec.workloadRef?.scaleDown;
    if (mode === 'onsuccess') return status.phase === 'Healthy' ? 0 : undefined;
    if (mode !== 'progressively') return undefined;
    if (status.phase === 'Healthy') return 0;
    const ready = total(all, readyOf);
    // Before any pod is ready nothing has been taken over, unless pods of the Rollout have gone again.
    return ready > 0 || sizeOf(newSet) > replicas ? Math.max(0, replicas - ready) : undefined;
  }
}
