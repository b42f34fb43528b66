import type { Action, Json } from '../types.js';
import type { Scene } from './scene.js';
import { mergePatch } from './status-patch.js';

/**
 * The number of pods of a Rollout that says none: autoscalers need one that they can change. As in Argo Rollouts the template is
 * written with it without what Kubernetes could not read: typed clients, the kubectl plugin among them, can not even list Rollouts
 * with that. Where somebody has set the number, the template is left to whoever manages it.
 */
export function defaultActions({ rollout, spec, template, unread }: Scene): readonly Action[] {
  if (spec.replicas !== undefined) return [];
  const given: Json = rollout.spec.template ?? {};
  const isToClean = unread.length > 0 && spec.workloadRef === undefined;
  const patch = isToClean ? mergePatch(given, template) : undefined;
  return [
    {
      kind: 'patchRollout',
      patch: { spec: { replicas: 1, ...(patch === undefined ? {} : { template: patch }) } },
    },
  ];
}
