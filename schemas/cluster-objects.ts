import type { Static } from 'typebox';
import { ObjectMetaSchema } from './kubernetes.js';
import {
  type Immutable,
  int32,
  int64,
  list,
  moment,
  openObject,
  optional,
  shape,
  text,
  textMap,
} from './shape.js';

/** A ReplicaSet, as far as a rollout is concerned with it. */
export const ReplicaSetSchema = shape('ReplicaSet', 'Pods of one template.', {
  metadata: ObjectMetaSchema,
  spec: shape('ReplicaSetSpec', 'What is wanted.', {
    replicas: optional(int32('Number of pods.')),
    minReadySeconds: optional(int32('Seconds for which a pod must be ready to count as available.')),
    selector: openObject('Label selector of the pods.'),
    template: openObject('Pod template.'),
  }),
  status: optional(
    shape('ReplicaSetStatus', 'What is there.', {
      replicas: optional(int32('Pods.')),
      readyReplicas: optional(int32('Pods that are ready.')),
      availableReplicas: optional(int32('Pods that are available.')),
      observedGeneration: optional(int64('Generation of the spec that this is about.')),
      conditions: optional(
        list(
          shape('ReplicaSetCondition', 'A condition.', {
            type: text('Type.'),
            status: text('True, False or Unknown.'),
            reason: optional(text('Why, as one word.')),
            message: optional(text('Why, as a sentence.')),
            lastTransitionTime: optional(moment('When its status changed last.')),
          }),
          'Conditions.',
        ),
      ),
    }),
  ),
});
/** See {@link ReplicaSetSchema}. */
export type ReplicaSet = Immutable<Static<typeof ReplicaSetSchema>>;

/** A Service, as far as a rollout is concerned with it. */
export const ServiceSchema = shape('Service', 'A name for pods.', {
  metadata: ObjectMetaSchema,
  spec: shape('ServiceSpec', 'Whose name it is.', { selector: optional(textMap('Labels of its pods.')) }),
});
/** See {@link ServiceSchema}. */
export type Service = Immutable<Static<typeof ServiceSchema>>;

/** A pod, as far as a rollout is concerned with it. */
export const PodSchema = shape('Pod', 'A pod.', {
  metadata: ObjectMetaSchema,
  status: optional(
    shape('PodStatus', 'How it stands.', {
      conditions: optional(
        list(
          shape('PodCondition', 'A condition.', {
            type: text('Type.'),
            status: text('True, False or Unknown.'),
            lastTransitionTime: optional(moment('When its status changed last.')),
          }),
          'Conditions.',
        ),
      ),
    }),
  ),
});

const podFields = { template: optional(openObject('Pod template.')) };

/** What a `workloadRef` may name: a Deployment, a ReplicaSet, or a PodTemplate, whose template is beside its metadata. */
export const WorkloadSchema = shape('Workload', 'A workload whose pod template is used.', {
  metadata: ObjectMetaSchema,
  spec: optional(
    shape('WorkloadSpec', 'What is wanted.', {
      ...podFields,
      replicas: optional(int32('Number of pods.')),
      selector: optional(openObject('Label selector of the pods.')),
    }),
  ),
  ...podFields,
});
