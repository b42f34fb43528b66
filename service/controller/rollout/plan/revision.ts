import { isDeepStrictEqual } from 'node:util';
import { RECORD } from '../../notifications/index.js';
import type { Action, Json, NewReplicaSet, ReplicaSet } from '../types.js';
import { stableOfRule, withAntiAffinity, withoutAntiAffinity } from './anti-affinity.js';
import { metadataOfNew } from './metadata-actions.js';
import { withMetadata } from './ephemeral-metadata.js';
import { DESIRED_REPLICAS, EPHEMERAL_METADATA, HASH_LABEL, REVISION, REVISION_HISTORY } from './names.js';
import { ownerReference } from './new-run.js';
import { annotationOf, hashOf, nameOf, revisionOf } from './replica-set.js';
import { isOrphan, type Scene } from './scene.js';

/** Annotations of a Rollout that its ReplicaSets do not get. */
const OWN: ReadonlySet<string> = new Set([
  ...['kubectl.kubernetes.io/last-applied-configuration', 'notified.notifications.argoproj.io'],
  ...[REVISION, REVISION_HISTORY, DESIRED_REPLICAS, RECORD],
]);

const copied = ({ rollout }: Scene): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(rollout.metadata?.annotations ?? {}).filter(([name]) => !OWN.has(name)));

/** The revision that the newest version has: above all others, and never less than it had. */
function revision({ all, newSet }: Scene): number {
  const others = all.filter((set) => set !== newSet).map(revisionOf);
  return Math.max(0, ...others) + 1;
}

/** A Rollout tells the revision of its newest version. */
export function rolloutRevisionActions(scene: Scene): readonly Action[] {
  const wanted = String(Math.max(revision(scene), revisionOf(scene.newSet)));
  if (scene.rollout.metadata?.annotations?.[REVISION] === wanted) return [];
  return [
    { kind: 'patchRollout', patch: { metadata: { annotations: { [REVISION]: wanted } } } },
    event('RolloutUpdated', `Rollout updated to revision ${wanted}`),
  ];
}

/** The ReplicaSet of the template, without pods yet: they come with its weight. */
export function createActions(scene: Scene): readonly Action[] {
  const replicaSet = newReplicaSet(scene);
  const name = replicaSet.metadata.name ?? '';
  const message = `Created ReplicaSet ${name} (revision ${revision(scene)})`;
  return [
    { kind: 'createReplicaSet', replicaSet },
    event('NewReplicaSetCreated', message),
    ...unreadEvents(scene),
  ];
}

/** A person who asked for so much memory has to learn that nobody understood. */
const unreadEvents = ({ unread }: Scene): readonly Action[] =>
  unread.map((path) => ({
    ...{ kind: 'event', type: 'Warning', reason: 'UnreadableField' },
    message: `template.${path} is no quantity of Kubernetes, and pods are made without it: correct it`,
  }));

/** The first thing that is said of a Rollout. */
export function greetingActions({ rollout, status, namespace, name }: Scene): readonly Action[] {
  const isKnown =
    status.observedGeneration !== undefined || rollout.metadata?.annotations?.[REVISION] !== undefined;
  return isKnown
    ? []
    : [event('RolloutAddedToInformer', `Rollout resource added to informer: ${namespace}/${name}`)];
}

function newReplicaSet(scene: Scene): NewReplicaSet {
  const { name, namespace, hash, spec, template, selector, stableSet } = scene;
  const metadata = metadataOfNew(scene);
  const kept = withAntiAffinity(template, spec, hashOf(stableSet), namespace);
  const labels = { ...textMap(template['metadata'], 'labels'), [HASH_LABEL]: hash };
  return {
    metadata: {
      ...{ name: `${name}-${hash}`, namespace, ownerReferences: [ownerReference(scene)], labels },
      annotations: {
        ...copied(scene),
        [REVISION]: String(revision(scene)),
        [DESIRED_REPLICAS]: String(scene.replicas),
        ...(metadata === undefined ? {} : { [EPHEMERAL_METADATA]: JSON.stringify(metadata) }),
      },
    },
    spec: {
      replicas: 0,
      ...(spec.minReadySeconds === undefined ? {} : { minReadySeconds: spec.minReadySeconds }),
      selector: {
        ...selector,
        matchLabels: { ...textMap(selector, 'matchLabels'), [HASH_LABEL]: hash },
      },
      template: withMetadata({ ...kept, metadata: { ...object(kept['metadata']), labels } }, metadata),
    },
  };
}

/** The newest ReplicaSet is the Rollout's, has the highest revision, and what the Rollout says of all of them. */
export function syncActions(scene: Scene): readonly Action[] {
  const adopted = scene.all.filter(isOrphan).map(
    (set): Action => ({
      kind: 'patchReplicaSet',
      name: nameOf(set),
      patch: {
        metadata: {
          // As it was seen: somebody else may have adopted it meanwhile, or it is another one of the name.
          ...seenAs(set),
          ownerReferences: [...(set.metadata.ownerReferences ?? []), ownerReference(scene)],
        },
      },
    }),
  );
  return [...adopted, ...(scene.newSet === undefined ? [] : syncNew(scene, scene.newSet))];
}

const seenAs = ({ metadata: { uid, resourceVersion } }: ReplicaSet): Json => ({
  ...(uid === undefined ? {} : { uid }),
  ...(resourceVersion === undefined ? {} : { resourceVersion }),
});

function syncNew(scene: Scene, set: ReplicaSet): readonly Action[] {
  const { spec, stableSet, namespace } = scene;
  const annotations = changed(set.metadata.annotations ?? {}, {
    ...copied(scene),
    ...revisionAnnotations(scene, set),
  });
  const ready = spec.minReadySeconds ?? 0;
  const pods: Json = (set.spec.minReadySeconds ?? 0) === ready ? {} : { minReadySeconds: ready };
  // Pods that keep away from a version that is no longer the stable one.
  const avoided = stableOfRule(set.spec.template, spec);
  const isOld = avoided !== undefined && stableSet !== set && avoided !== hashOf(stableSet);
  const template = isOld
    ? {
        template: {
          spec: {
            affinity: object(
              withAntiAffinity(
                withoutAntiAffinity(set.spec.template, spec),
                spec,
                hashOf(stableSet),
                namespace,
              )['spec'],
            )['affinity'],
          },
        },
      }
    : {};
  const specPatch = { ...pods, ...template };
  const patch = {
    ...(Object.keys(annotations).length === 0 ? {} : { metadata: { annotations } }),
    ...(Object.keys(specPatch).length === 0 ? {} : { spec: specPatch }),
  };
  return Object.keys(patch).length === 0 ? [] : [{ kind: 'patchReplicaSet', name: nameOf(set), patch }];
}

/** A version that one goes back to gets a new revision, and remembers the one it had. */
function revisionAnnotations(scene: Scene, set: ReplicaSet): Readonly<Record<string, string>> {
  const [old, next] = [annotationOf(set, REVISION), revision(scene)];
  if (revisionOf(set) >= next) return {};
  if (old === undefined) return { [REVISION]: String(next) };
  const history = annotationOf(set, REVISION_HISTORY) ?? '';
  return { [REVISION]: String(next), [REVISION_HISTORY]: history === '' ? old : `${history},${old}` };
}

const changed = (
  now: Readonly<Record<string, string>>,
  wanted: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(wanted).filter(([name, text]) => !isDeepStrictEqual(now[name], text)));

const event = (reason: string, message: string): Action => ({
  kind: 'event',
  type: 'Normal',
  reason,
  message,
});

const object = (value: unknown): Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {};

const textMap = (value: unknown, name: string): Readonly<Record<string, string>> =>
  object(object(value)[name]) as Readonly<Record<string, string>>;
