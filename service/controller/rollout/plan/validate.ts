import type { Rollout } from '../../../../schemas/index.js';
import { isObject } from '../../../../schemas/index.js';
import { HASH_LABEL, MANAGED_BY } from './names.js';
import { refusalOf, type Scene, sceneOf, serviceNamed } from './scene.js';
import { analysesFaults } from './validate-analyses.js';
import { canaryFaults } from './validate-canary.js';
import type { SpecFault } from './spec-fault.js';
import { podsOf } from './surge.js';

/** All that is wrong with a Rollout, with the words of Argo Rollouts where it finds the same. Empty: nothing is. */
export function faultsOf(scene: Scene): readonly SpecFault[] {
  const faults = [...specFaults(scene), ...strategyFaults(scene)];
  return faults.length > 0
    ? faults
    : [...serviceFaults(scene), ...analysesFaults(scene), ...podFaults(scene)];
}

/**
 * What is wrong with a Rollout by itself, whatever else there is in its cluster. The selector and the pods of one that has a
 * `workloadRef` are those of its workload, which is not looked at.
 */
export function rolloutFaults(rollout: Rollout): readonly SpecFault[] {
  const scene = sceneOf({
    ...{ rollout, replicaSets: [], pods: [], services: [], analysisRuns: [] },
    ...{ experiments: [], templates: [], clusterTemplates: [], nowMs: 0 },
    settings: { analysisLostAbortMs: 0, verifyRetryMs: 0 },
  });
  const own = rollout.spec.workloadRef === undefined ? specFaults(scene) : [];
  return [...own, ...strategyFaults(scene)];
}

const fault = (path: string, message: string): SpecFault => ({ path, message });
/** A fault where it is one. */
const when = (isFault: boolean, path: string, message: string): readonly SpecFault[] =>
  isFault ? [fault(path, message)] : [];

function specFaults({ spec, snapshot, template, selector, replicas }: Scene): readonly SpecFault[] {
  const { workloadRef, minReadySeconds = 0, progressDeadlineSeconds = 600, revisionHistoryLimit = 0 } = spec;
  if (workloadRef !== undefined && snapshot.workload === undefined) {
    const { kind = '', name = '' } = workloadRef;
    return [fault('spec.workloadRef', `${kind} '${name}' not found, or of a kind without pods`)];
  }
  const matchLabels = isObject(selector['matchLabels']) ? selector['matchLabels'] : {};
  const expressions = Array.isArray(selector['matchExpressions']) ? selector['matchExpressions'] : [];
  const isEmpty = Object.keys(matchLabels).length + expressions.length === 0;
  const labels = labelsOf(template);
  const unmatched = Object.entries(matchLabels).filter(([name, value]) => labels[name] !== value);
  const pod = isObject(template['spec']) ? template['spec'] : {};
  return [
    ...when(
      workloadRef !== undefined && spec.template !== undefined && Object.keys(spec.template).length > 0,
      'spec.template',
      'template must be empty for workload reference rollout',
    ),
    ...when(replicas < 0, 'spec.replicas', 'must be greater than or equal to 0'),
    ...when(isEmpty, 'spec.selector', 'empty selector is invalid: the pods of the template must be selected'),
    ...when(
      !isEmpty && unmatched.length > 0,
      'spec.template.metadata.labels',
      '`selector` does not match template `labels`',
    ),
    ...when(
      !Array.isArray(pod['containers']) || pod['containers'].length === 0,
      'spec.template.spec.containers',
      'a pod needs at least one container',
    ),
    ...when(minReadySeconds < 0, 'spec.minReadySeconds', 'must be greater than or equal to 0'),
    ...when(revisionHistoryLimit < 0, 'spec.revisionHistoryLimit', 'must be greater than or equal to 0'),
    ...when(
      progressDeadlineSeconds <= minReadySeconds,
      'spec.progressDeadlineSeconds',
      'must be greater than minReadySeconds',
    ),
  ];
}

const labelsOf = (template: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> => {
  const metadata = isObject(template['metadata']) ? template['metadata'] : {};
  return isObject(metadata['labels']) ? metadata['labels'] : {};
};

function strategyFaults(scene: Scene): readonly SpecFault[] {
  const { canary, blueGreen, spec } = scene;
  const path = 'spec.strategy';
  if (canary === undefined && blueGreen === undefined)
    return [fault(path, "Rollout has missing field '.spec.strategy.canary or .spec.strategy.blueGreen'")];
  if (canary !== undefined && blueGreen !== undefined)
    return [fault(path, 'Multiple Strategies can not be listed')];
  if (canary !== undefined) return [...canaryFaults(scene, canary), ...surgeFaults(scene)];
  const { activeService = '', previewService, scaleDownDelayRevisionLimit: limit } = blueGreen ?? {};
  return [
    ...when(
      activeService === '',
      `${path}.blueGreen.activeService`,
      'names no Service: the active one is needed',
    ),
    ...when(
      activeService !== '' && activeService === previewService,
      `${path}.blueGreen.activeService`,
      'This rollout uses the same service for the active and preview services, but two different services are required.',
    ),
    ...when(
      limit !== undefined && (spec.revisionHistoryLimit ?? 10) < limit,
      `${path}.blueGreen.scaleDownDelayRevisionLimit`,
      "This rollout's revision history limit can not be smaller than the rollout's scale down limit",
    ),
  ];
}

function surgeFaults({ canary }: Scene): readonly SpecFault[] {
  const { maxSurge, maxUnavailable } = canary ?? {};
  // Of a hundred pods a percentage is what it says.
  const isNone = (value: string | number | undefined): boolean =>
    value !== undefined && podsOf(value, 100, 'up') === 0;
  return when(
    isNone(maxSurge) && isNone(maxUnavailable),
    'spec.strategy.canary.maxSurge',
    'MaxSurge and MaxUnavailable both can not be zero',
  );
}

function serviceFaults(scene: Scene): readonly SpecFault[] {
  const { canary, blueGreen, template, name } = scene;
  const [forCanary, forBlueGreen] = ['spec.strategy.canary', 'spec.strategy.blueGreen'];
  const named: (readonly [string, string | undefined])[] = [
    [`${forBlueGreen}.activeService`, blueGreen?.activeService],
    [`${forBlueGreen}.previewService`, blueGreen?.previewService],
    [`${forCanary}.stableService`, canary?.stableService],
    [`${forCanary}.canaryService`, canary?.canaryService],
    [`${forCanary}.pingPong.pingService`, canary?.pingPong?.pingService],
    [`${forCanary}.pingPong.pongService`, canary?.pingPong?.pongService],
  ];
  const labels = labelsOf(template);
  return named.flatMap(([path, service = '']) => {
    if (service === '') return [];
    const found = serviceNamed(scene, service);
    if (found === undefined)
      return [{ ...fault(path, `service "${service}" not found`), missingService: service }];
    const manager = found.metadata.annotations?.[MANAGED_BY];
    const foreign = Object.entries(found.spec.selector ?? {}).filter(
      ([label, value]) => label !== HASH_LABEL && labels[label] !== value,
    );
    return [
      ...foreign.map(([label]) =>
        fault(path, `Service "${service}" has unmatch label "${label}" in rollout`),
      ),
      ...when(
        manager !== undefined && manager !== name,
        path,
        `Service "${service}" is managed by another Rollout`,
      ),
    ];
  });
}

/** What the API server has against the pods, which it says when it is to take a ReplicaSet of them. */
function podFaults(scene: Scene): readonly SpecFault[] {
  const { newSet, name, hash } = scene;
  const why = newSet === undefined ? refusalOf(scene, 'ReplicaSet', `${name}-${hash}`) : undefined;
  return why === undefined ? [] : [{ ...fault('spec.template', why), isRefusal: true }];
}
