import { fields, readMeta } from '../../providers/kubernetes/index.js';
import { at } from './json.js';
import { revisionOf } from './owned.js';

const HASH_LABEL = 'rollouts-pod-template-hash';

/** What going back to a revision comes to. */
export type UndoPlan =
  /** A JSON patch (RFC 6902) for the workload that has the template. */
  | { readonly kind: 'patch'; readonly patch: readonly unknown[] }
  /** The template is that of the revision already. */
  | { readonly kind: 'same' }
  | { readonly kind: 'unknownRevision' };

/**
 * Goes back to the pod template of a revision.
 * @param replicaSets of the namespace; those that the Rollout does not control do not count.
 * @param toRevision 0: the one before the newest.
 */
export function planUndo(rollout: unknown, replicaSets: readonly unknown[], toRevision: number): UndoPlan {
  const { uid } = readMeta(at(rollout, 'metadata'));
  const versions = replicaSets
    .map((json) => ({ json, meta: readMeta(at(json, 'metadata')) }))
    .filter(({ meta }) => meta.controllerUid === uid)
    .map(({ json, meta }) => ({ json, revision: revisionOf(meta.annotations) }))
    .sort((one, other) => other.revision - one.revision);
  const found = toRevision === 0 ? versions[1] : versions.find(({ revision }) => revision === toRevision);
  if (found === undefined) return { kind: 'unknownRevision' };
  const template = withoutHash(at(found.json, 'spec', 'template'));
  const current = at(rollout, 'spec', 'template');
  // With a workloadRef the Rollout has no template to compare.
  if (current !== undefined && isWithin(withoutHash(current), template)) return { kind: 'same' };
  return { kind: 'patch', patch: [{ op: 'replace', path: '/spec/template', value: template }] };
}

function withoutHash(template: unknown): unknown {
  const metadata = fields(at(template, 'metadata'));
  const labels = Object.fromEntries(
    Object.entries(fields(metadata['labels'])).filter(([name]) => name !== HASH_LABEL),
  );
  return { ...fields(template), metadata: { ...metadata, labels } };
}

/** Whether all that `part` says is so in `whole`, where defaults of the API server have been filled in. What is empty says nothing. */
function isWithin(part: unknown, whole: unknown): boolean {
  if (part === undefined || part === null || part === '' || part === 0 || part === false) return true;
  if (Array.isArray(part)) {
    if (part.length === 0) return true;
    return (
      Array.isArray(whole) &&
      whole.length === part.length &&
      part.every((each, index) => isWithin(each, whole[index]))
    );
  }
  if (typeof part === 'object')
    return Object.entries(part).every(([name, value]) => isWithin(value, at(whole, name)));
  return part === whole;
}
