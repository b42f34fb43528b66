import { isObject, type PodTemplateMetadata } from '../../../../schemas/index.js';
import type { Json, ReplicaSet } from '../types.js';
import { EPHEMERAL_METADATA } from './names.js';
import { annotationOf } from './replica-set.js';

/** Labels or annotations. */
export type Texts = Readonly<Record<string, string>>;

/** Labels and annotations that were put on the pods of a ReplicaSet, as it remembers. */
export function injected(set: ReplicaSet): PodTemplateMetadata {
  const text = annotationOf(set, EPHEMERAL_METADATA);
  if (text === undefined) return {};
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : {};
  } catch {
    // Somebody has written something else there: nothing is known to be ours.
    return {};
  }
}

/** Labels or annotations of an object's metadata. */
export const textsOf = (metadata: unknown, field: string): Texts => {
  const texts = isObject(metadata) ? metadata[field] : undefined;
  return isObject(texts) ? (texts as Texts) : {};
};

/** The pod template of a ReplicaSet without what was put on its pods. */
export function withoutMetadata(set: ReplicaSet): Json {
  const old = injected(set);
  const { template } = set.spec;
  const metadata = isObject(template['metadata']) ? template['metadata'] : {};
  const left = (field: 'labels' | 'annotations'): Texts =>
    Object.fromEntries(
      Object.entries(textsOf(metadata, field)).filter(([name]) => !(name in (old[field] ?? {}))),
    );
  return { ...template, metadata: { ...metadata, labels: left('labels'), annotations: left('annotations') } };
}

/** The template with labels and annotations for its pods. */
export function withMetadata(template: Json, wanted: PodTemplateMetadata | undefined): Json {
  if (wanted === undefined) return template;
  const metadata = isObject(template['metadata']) ? template['metadata'] : {};
  const labels = { ...textsOf(metadata, 'labels'), ...wanted.labels };
  const annotations = { ...textsOf(metadata, 'annotations'), ...wanted.annotations };
  return { ...template, metadata: { ...metadata, labels, annotations } };
}
