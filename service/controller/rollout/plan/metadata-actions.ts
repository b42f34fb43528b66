import { isDeepStrictEqual } from 'node:util';
import type { PodTemplateMetadata } from '../../../../schemas/index.js';
import type { Action, Json, ReplicaSet } from '../types.js';
import { injected, textsOf } from './ephemeral-metadata.js';
import { EPHEMERAL_METADATA } from './names.js';
import { annotationOf, nameOf, sizeOf } from './replica-set.js';
import { isFirst, isPromoted, type Scene } from './scene.js';

/** What the pods of a new ReplicaSet are given: those of the first version are stable ones. */
export function metadataOfNew({ canary, blueGreen, stableSet }: Scene): PodTemplateMetadata | undefined {
  return stableSet === undefined
    ? (canary?.stableMetadata ?? blueGreen?.activeMetadata)
    : (canary?.canaryMetadata ?? blueGreen?.previewMetadata);
}

/**
 * Labels and annotations of the pods follow the part that their version plays. ReplicaSets first, so that a pod made in
 * between has them.
 */
export function metadataActions(scene: Scene): readonly Action[] {
  const { canary, blueGreen, newSet, stableSet, others } = scene;
  const stable = canary?.stableMetadata ?? blueGreen?.activeMetadata;
  const latest = canary?.canaryMetadata ?? blueGreen?.previewMetadata;
  if (stable === undefined && latest === undefined) return [];
  const settled = isFirst(scene) || isPromoted(scene);
  const wanted: (readonly [ReplicaSet | undefined, PodTemplateMetadata | undefined])[] = [
    [newSet, settled ? stable : latest],
    ...(settled ? [] : ([[stableSet, stable]] as const)),
    ...others.map((set) => [set, undefined] as const),
  ];
  return wanted.flatMap(([set, metadata]) => (set === undefined ? [] : actionsFor(scene, set, metadata)));
}

function actionsFor(
  scene: Scene,
  set: ReplicaSet,
  wanted: PodTemplateMetadata | undefined,
): readonly Action[] {
  const old = injected(set);
  const onSet = metadataPatch(set.spec.template['metadata'], old, wanted);
  const remembered = annotationOf(set, EPHEMERAL_METADATA) === undefined ? undefined : old;
  const isRemembered = isDeepStrictEqual(remembered, wanted);
  const note = wanted === undefined ? null : JSON.stringify(wanted);
  const pods =
    sizeOf(set) === 0
      ? []
      : scene.snapshot.pods.filter(({ metadata }) =>
          metadata.ownerReferences?.some(({ uid }) => uid === set.metadata.uid),
        );
  const podPatches = pods.flatMap(({ metadata }): readonly Action[] => {
    const patch = metadataPatch(metadata, old, wanted);
    return patch === undefined
      ? []
      : [{ kind: 'patchPod', name: metadata.name ?? '', patch: { metadata: patch } }];
  });
  const patchSet = (patch: Json): Action => ({ kind: 'patchReplicaSet', name: nameOf(set), patch });
  return [
    ...(onSet === undefined ? [] : [patchSet({ spec: { template: { metadata: onSet } } })]),
    ...podPatches,
    // Last: until its pods are without what goes, the ReplicaSet has to remember it.
    ...(isRemembered ? [] : [patchSet({ metadata: { annotations: { [EPHEMERAL_METADATA]: note } } })]),
  ];
}

/** The merge patch of an object's metadata; undefined: it is as wanted. */
function metadataPatch(
  metadata: unknown,
  old: PodTemplateMetadata,
  wanted: PodTemplateMetadata | undefined,
): Json | undefined {
  const changed = (['labels', 'annotations'] as const).flatMap((field) => {
    const now = textsOf(metadata, field);
    const next = wanted?.[field] ?? {};
    const added = Object.entries(next).filter(([name, text]) => now[name] !== text);
    const gone = Object.keys(old[field] ?? {}).filter((name) => name in now && !(name in next));
    const entries = [...added, ...gone.map((name) => [name, null] as const)];
    return entries.length === 0 ? [] : [[field, Object.fromEntries(entries)] as const];
  });
  return changed.length === 0 ? undefined : Object.fromEntries(changed);
}
