import { fields } from '../../providers/kubernetes/index.js';
import { at } from './json.js';

/** An image for the containers of a name; `*` is all of them. */
export interface ImageChange {
  readonly container: string;
  readonly image: string;
}

const KINDS = ['initContainers', 'containers', 'ephemeralContainers'] as const;

/**
 * A workload (a Rollout, or the Deployment that it refers to) with other images in its pod template; all else is kept.
 * Undefined: it has no container of a name.
 */
export function withImages(workload: unknown, changes: readonly ImageChange[]): unknown {
  let changed = workload;
  for (const change of changes) {
    const next = withImage(changed, change);
    if (next === undefined) return undefined;
    changed = next;
  }
  return changed;
}

function withImage(workload: unknown, { container, image }: ImageChange): unknown {
  const pod = fields(at(workload, 'spec', 'template', 'spec'));
  const wanted = (each: unknown): boolean => container === '*' || at(each, 'name') === container;
  const lists = KINDS.flatMap((kind) => {
    const containers: unknown = pod[kind];
    return Array.isArray(containers) ? [{ kind, containers: containers as readonly unknown[] }] : [];
  });
  if (!lists.some(({ containers }) => containers.some(wanted))) return undefined;
  const changed = lists.map(({ kind, containers }): readonly [string, unknown] => [
    kind,
    containers.map((each) => (wanted(each) ? { ...fields(each), image } : each)),
  ]);
  const spec = fields(at(workload, 'spec'));
  const template = fields(spec['template']);
  return {
    ...fields(workload),
    spec: { ...spec, template: { ...template, spec: { ...pod, ...Object.fromEntries<unknown>(changed) } } },
  };
}
