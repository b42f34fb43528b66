import type { AnalysisRun } from '../../../../schemas/index.js';
import { availableOf, isSaturated, sizeOf } from './replica-set.js';
import type { RunKind } from './run-kinds.js';
import type { Scene } from './scene.js';
import { stepIndex } from './steps.js';

/**
 * Whether a run may begin, or go on. `keep`: not now, and what is told of an earlier one stays. Once one has begun, pods that
 * come and go are no reason to end it.
 */
export function mayBegin(scene: Scene, kind: RunKind, run: AnalysisRun | undefined): 'yes' | 'no' | 'keep' {
  const { canary, blueGreen, newSet, replicas, status, hash } = scene;
  const active = status.blueGreen?.activeSelector ?? '';
  switch (kind) {
    case 'Step':
      return 'yes';
    case 'Background': {
      const starting = canary?.analysis?.startingStep ?? 0;
      return (stepIndex(scene) ?? starting) < starting ? 'no' : 'yes';
    }
    case 'PrePromotion': {
      if (active === '' || active === hash) return 'keep';
      if (run !== undefined) return 'yes';
      const preview = blueGreen?.previewReplicaCount;
      const isReady =
        preview === undefined
          ? isSaturated(newSet, replicas)
          : sizeOf(newSet) === preview && availableOf(newSet) === preview;
      return isReady ? 'yes' : 'keep';
    }
    case 'PostPromotion':
      if (active !== hash) return 'keep';
      return run !== undefined || isSaturated(newSet, replicas) ? 'yes' : 'keep';
  }
}
