import { isObject } from '../../../../schemas/index.js';
import { podTemplateHash } from '../../rollout/pod-template/pod-template-hash.js';
import { HASH_LABEL } from '../../rollout/plan/names.js';
import { servicePorts } from '../../rollout/plan/service-ports.js';
import type { Json, NewReplicaSet, ReplicaSet } from '../../rollout/types.js';
import type { NewService, Template } from '../types.js';
import { annotationsOf, type ExperimentScene, ownerReference, templateStatusOf } from './scene.js';

/** Name of the ReplicaSet of a template. */
export const replicaSetName = ({ name }: ExperimentScene, template: Template): string =>
  `${name}-${template.name}`;

/** The ReplicaSet of a template, without pods yet: they come after their Service. */
export function newReplicaSet(scene: ExperimentScene, template: Template): NewReplicaSet {
  const pods: Json = template.template;
  const { [HASH_LABEL]: ofRollout, ...own } = textMap(pods['metadata'], 'labels');
  const metadata = isObject(pods['metadata']) ? pods['metadata'] : {};
  const plain = { ...pods, metadata: { ...metadata, labels: own } };
  const collisions = templateStatusOf(scene.status, template.name)?.collisionCount;
  const computed = podTemplateHash(plain, collisions);
  // Pods that are those of a version of the Rollout to the last field must not be behind its Services.
  const hash = computed === ofRollout ? podTemplateHash(plain, (collisions ?? 0) + 1) : computed;
  const labels = { ...own, [HASH_LABEL]: hash };
  const { minReadySeconds, selector } = template;
  return {
    metadata: {
      ...{ name: replicaSetName(scene, template), namespace: scene.namespace, labels },
      ...{ annotations: annotationsOf(scene, template), ownerReferences: [ownerReference(scene)] },
    },
    spec: {
      replicas: 0,
      ...(minReadySeconds === undefined ? {} : { minReadySeconds }),
      selector: { ...selector, matchLabels: { ...selector.matchLabels, [HASH_LABEL]: hash } },
      template: { ...plain, metadata: { ...metadata, labels } },
    },
  };
}

/** Name of the Service of a template: as it says, or that of its ReplicaSet. */
export const serviceName = (scene: ExperimentScene, template: Template): string => {
  const name = template.service?.name ?? '';
  return name === '' ? replicaSetName(scene, template) : name;
};

/** A Service of all ports of the pods; undefined: they have none. */
export function newService(
  scene: ExperimentScene,
  template: Template,
  set: ReplicaSet,
): NewService | undefined {
  const ports = servicePorts(set.spec.template);
  if (ports.length === 0) return undefined;
  return {
    metadata: {
      ...{ name: serviceName(scene, template), namespace: scene.namespace },
      ...{ annotations: annotationsOf(scene, template), ownerReferences: [ownerReference(scene)] },
    },
    spec: { selector: set.metadata.labels ?? {}, ports },
  };
}

function textMap(value: unknown, name: string): Readonly<Record<string, string>> {
  const map = isObject(value) ? value[name] : undefined;
  return isObject(map) ? (map as Readonly<Record<string, string>>) : {};
}
