import { fields, type KubernetesApi, KubernetesError, text } from '../../providers/kubernetes/index.js';
import { usageError } from '../exit-code.js';
import { COLLECTIONS, readOne, readReplicaSets } from './cluster-objects.js';
import { at, given } from './json.js';
import type { RolloutPatches } from './patches.js';
import { type ImageChange, withImages } from './set-image.js';
import { planUndo } from './undo.js';

/** A Rollout of a cluster. */
export interface RolloutPlace {
  readonly api: KubernetesApi;
  readonly namespace: string;
  readonly name: string;
  readonly signal: AbortSignal;
}

const pathOf = ({ namespace, name }: RolloutPlace): string =>
  `${COLLECTIONS.rollouts(namespace)}/${encodeURIComponent(name)}`;

/** Reads the Rollout. @throws KubernetesError */
export const readRollout = ({ api, namespace, name, signal }: RolloutPlace): Promise<unknown> =>
  readOne(api, COLLECTIONS.rollouts(namespace), name, signal);

/**
 * Makes the changes: the status at its subresource, then the spec; or all at once where the definition has no such
 * subresource.
 * @throws KubernetesError
 */
export async function applyPatches(place: RolloutPlace, patches: RolloutPatches): Promise<void> {
  const { api, signal } = place;
  const patch = (path: string, body: unknown): Promise<unknown> =>
    api.request({ method: 'PATCH', path, body, signal });
  let { spec } = patches;
  if (patches.status !== undefined) {
    try {
      await patch(`${pathOf(place)}/status`, patches.status);
    } catch (error) {
      if (!(error instanceof KubernetesError) || error.status !== 404) throw error;
      // There is no such subresource, or no such Rollout: the whole patch will tell.
      spec = patches.unified;
    }
  }
  if (spec !== undefined) await patch(pathOf(place), spec);
}

/** Writes of {@link setImage} before a conflict is told: the controller writes too. */
const ATTEMPTS = 5;

/**
 * Sets images in the pod template: of the Rollout, or of the Deployment that it refers to.
 * @returns kind and name of what was changed.
 * @throws KubernetesError; CliError (64) when there is no such container.
 */
export async function setImage(place: RolloutPlace, changes: readonly ImageChange[]): Promise<string> {
  for (let attempt = 1; ; attempt++) {
    const workload = await workloadOf(place);
    const body = withImages(await workload.read(), changes);
    if (body === undefined) {
      const names = changes.map(({ container }) => `"${container}"`).join(', ');
      throw usageError(`${workload.title}: unable to find container named ${names}`);
    }
    try {
      // With the version that was read, so that nobody's change is lost.
      await place.api.request({ method: 'PUT', path: workload.path, body, signal: place.signal });
      return workload.title;
    } catch (error) {
      const isConflict = error instanceof KubernetesError && error.status === 409;
      if (!isConflict || attempt === ATTEMPTS) throw error;
    }
  }
}

interface Workload {
  /** Kind and name, e.g. `rollout "guestbook"`. */
  readonly title: string;
  readonly path: string;
  read(): Promise<unknown>;
}

/** What has the pod template of a Rollout. */
async function workloadOf(place: RolloutPlace): Promise<Workload> {
  const { api, namespace, name, signal } = place;
  const rollout = await readRollout(place);
  const ref = at(rollout, 'spec', 'workloadRef');
  if (!given(ref))
    return { title: `rollout "${name}"`, path: pathOf(place), read: () => Promise.resolve(rollout) };
  const { kind, name: refName } = fields(ref);
  const collection = REFERRED[text(kind)];
  if (collection === undefined)
    throw usageError(`rollout "${name}": workload of type ${text(kind)} is not supported`);
  const path = `${collection(namespace)}/${encodeURIComponent(text(refName))}`;
  return {
    title: `${text(kind).toLowerCase()} "${text(refName)}"`,
    path,
    read: () => api.request({ method: 'GET', path, signal }),
  };
}

const REFERRED: Readonly<Record<string, (namespace: string) => string>> = {
  Deployment: COLLECTIONS.deployments,
  ReplicaSet: COLLECTIONS.replicaSets,
};

/**
 * Goes back to the pod template of a revision.
 * @param toRevision 0: the one before the newest.
 * @returns whether anything was changed: the template may be that already.
 * @throws KubernetesError; CliError (64) when there is no such revision.
 */
export async function undo(place: RolloutPlace, toRevision: number): Promise<boolean> {
  const { api, namespace, name, signal } = place;
  const rollout = await readRollout(place);
  const plan = planUndo(rollout, await readReplicaSets(api, namespace, rollout, signal), toRevision);
  switch (plan.kind) {
    case 'same':
      return false;
    case 'unknownRevision':
      throw usageError(
        toRevision === 0
          ? `no revision found for rollout "${name}" to go back to`
          : `unable to find specified revision ${toRevision} in history of rollout "${name}"; \`assay rollouts get ${name}\` shows those that there are`,
      );
    case 'patch': {
      const { path } = await workloadOf(place);
      await api.request({ method: 'PATCH', path, body: plan.patch, signal });
      return true;
    }
  }
}
