import type { Action, ReplicaSet } from '../types.js';
import { HASH_LABEL, MANAGED_BY } from './names.js';
import { availableOf, hashOf, sizeOf } from './replica-set.js';
import { isPromoted, type Scene, serviceNamed } from './scene.js';
import { previousCanary } from './traffic.js';
import { versionServices } from './version-services.js';

/**
 * Has a Service select the pods of a hash, unless it does. `isReady` false: it waits; a Service whose pods are not there is
 * worse than one of another version.
 */
export function selectPods(
  scene: Scene,
  name: string | undefined,
  hash: string,
  isReady = true,
): readonly Action[] {
  const service = serviceNamed(scene, name);
  if (service === undefined || hash === '') return [];
  const selected = service.spec.selector?.[HASH_LABEL] ?? '';
  const isManaged = service.metadata.annotations?.[MANAGED_BY] !== undefined;
  if (selected === hash && isManaged) return [];
  if (selected !== hash && !isReady) return [];
  const set: Action = { kind: 'setServiceSelector', name: name ?? '', hash };
  if (selected === hash) return [set];
  const message = `Switched selector for service '${name}' from '${selected}' to '${hash}'`;
  return [set, { kind: 'event', type: 'Normal', reason: 'SwitchService', message }];
}

/** One that the controller has set before needs one pod only: it was ready once. */
function isReadyFor(scene: Scene, name: string, set: ReplicaSet): boolean {
  const isManaged = serviceNamed(scene, name)?.metadata.annotations?.[MANAGED_BY] !== undefined;
  return availableOf(set) > 0 && (isManaged || availableOf(set) >= sizeOf(set));
}

/** The scene once these have been done: what follows in the same plan builds on it. */
export function withSelectors(scene: Scene, actions: readonly Action[]): Scene {
  const hashes = new Map(
    actions.flatMap((action) =>
      action.kind === 'setServiceSelector' ? [[action.name, action.hash] as const] : [],
    ),
  );
  const services = scene.snapshot.services.map((service) => {
    const hash = hashes.get(service.metadata.name ?? '');
    return hash === undefined ? service : { ...service, spec: { selector: { [HASH_LABEL]: hash } } };
  });
  return { ...scene, snapshot: { ...scene.snapshot, services } };
}

/** The Services of a canary follow its versions. */
export function canaryServiceActions(scene: Scene): readonly Action[] {
  const { newSet, stableSet, status, canary } = scene;
  const names = versionServices(scene);
  const follow = (name: string, set: ReplicaSet | undefined): readonly Action[] =>
    set === undefined ? [] : selectPods(scene, name, hashOf(set), isReadyFor(scene, name, set));
  const stable = follow(names.stable, stableSet);
  if (previousCanary(scene) !== undefined) return stable;
  if (canary?.pingPong !== undefined)
    return isPromoted(scene) ? stable : [...stable, ...selectPods(scene, names.canary, hashOf(newSet))];
  if (status.abort !== true) return [...stable, ...follow(names.canary, newSet)];
  // Its pods still have traffic until the routers say otherwise.
  const hasTraffic = canary?.trafficRouting !== undefined && (status.canary?.weights?.canary.weight ?? 0) > 0;
  return hasTraffic ? stable : [...stable, ...follow(names.canary, stableSet)];
}
