import type { Static } from 'typebox';
import { kubernetesObject } from '../kubernetes.js';
import { LabelSelectorSchema } from '../providers/index.js';
import { type Immutable, flag, int32, moment, openObject, optional, shape, text } from '../shape.js';
import { RolloutStatusSchema } from './status.js';
import { RolloutStrategySchema } from './strategy.js';

/** What is to run, and how a new version comes. */
export const RolloutSpecSchema = shape('RolloutSpec', 'What is to run, and how a new version comes.', {
  replicas: optional(int32('Number of pods (default 1).')),
  selector: optional(LabelSelectorSchema),
  template: optional(openObject('Pod template.')),
  workloadRef: optional(
    shape('ObjectRef', 'A workload whose pod template is used.', {
      apiVersion: optional(text('API version, e.g. apps/v1.')),
      kind: optional(text('Kind, e.g. Deployment.')),
      name: optional(text('Name.')),
      scaleDown: optional(text('never, onsuccess or progressively: when the workload is scaled down.')),
    }),
  ),
  strategy: optional(RolloutStrategySchema),
  minReadySeconds: optional(int32('Seconds for which a pod must be ready to count as available.')),
  revisionHistoryLimit: optional(int32('Old versions that are kept (default 10).')),
  rollbackWindow: optional(
    shape('RollbackWindow', 'Versions to which one goes back without steps.', {
      revisions: optional(int32('Number of versions.')),
    }),
  ),
  paused: optional(flag('Do nothing.')),
  progressDeadlineSeconds: optional(int32('Seconds without progress after which it is degraded.')),
  progressDeadlineAbort: optional(flag('Abort then.')),
  restartAt: optional(moment('Pods that are older are restarted.')),
  analysis: optional(
    shape('AnalysisRunStrategy', 'Runs that are kept.', {
      successfulRunHistoryLimit: optional(int32('Successful ones (default 5).')),
      unsuccessfulRunHistoryLimit: optional(int32('Others (default 5).')),
    }),
  ),
});
/** See {@link RolloutSpecSchema}. */
export type RolloutSpec = Immutable<Static<typeof RolloutSpecSchema>>;

/** Argo Rollouts' Rollout. */
export const RolloutSchema = kubernetesObject('Rollout', 'A workload whose new versions come in steps.', {
  spec: RolloutSpecSchema,
  status: optional(RolloutStatusSchema),
});
/** See {@link RolloutSchema}. */
export type Rollout = Immutable<Static<typeof RolloutSchema>>;
