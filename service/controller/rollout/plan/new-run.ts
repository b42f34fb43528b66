import { buildRun, type BuiltRun, collectTemplates, templateSourceOf } from '../../../analysis/index.js';
import {
  type AnalysisTemplate,
  API_VERSION,
  type ClusterAnalysisTemplate,
  isObject,
  type ObjectMeta,
  type RolloutAnalysis,
} from '../../../../schemas/index.js';
import { HASH_LABEL, INSTANCE_ID, REVISION } from './names.js';
import { revisionOf } from './replica-set.js';
import { runArguments } from './run-arguments.js';
import { infixOf, labelsOf, type RunKind } from './run-kinds.js';
import type { Scene } from './scene.js';

/** The run that an analysis asks for, or why there can be none. */
export function newRun(scene: Scene, kind: RunKind, analysis: RolloutAnalysis, name: string): BuiltRun {
  const { snapshot, namespace, hash, selector, newSet } = scene;
  const filled = runArguments(scene, analysis.args ?? []);
  if (!filled.ok) return filled;
  const { instanceId } = snapshot.settings;
  const matchLabels = isObject(selector['matchLabels'])
    ? (selector['matchLabels'] as Record<string, string>)
    : {};
  const metadata: ObjectMeta = {
    ...{ name, namespace, ownerReferences: [ownerReference(scene)] },
    labels: {
      ...{ [HASH_LABEL]: hash, ...labelsOf(scene, kind) },
      ...(instanceId === undefined ? {} : { [INSTANCE_ID]: instanceId }),
      ...analysis.analysisRunMetadata?.labels,
      ...matchLabels,
    },
    annotations: { [REVISION]: String(revisionOf(newSet)), ...analysis.analysisRunMetadata?.annotations },
  };
  const templates = templatesOf(scene, analysis);
  if (!templates.ok) return templates;
  const { args } = filled;
  const { dryRun, measurementRetention } = analysis;
  return buildRun({
    ...{ templates: templates.templates, clusterTemplates: templates.clusterTemplates, args, metadata },
    ...(dryRun === undefined ? {} : { dryRun }),
    ...(measurementRetention === undefined ? {} : { measurementRetention }),
  });
}

/** The templates that an analysis names, and those that these name. */
export function templatesOf(
  { snapshot }: { readonly snapshot: Pick<Scene['snapshot'], 'templates' | 'clusterTemplates'> },
  { templates: refs = [] }: Pick<RolloutAnalysis, 'templates'>,
): ReturnType<typeof collectTemplates> | { readonly ok: false; readonly message: string } {
  const source = templateSourceOf(snapshot);
  const templates: AnalysisTemplate[] = [];
  const clusterTemplates: ClusterAnalysisTemplate[] = [];
  for (const { templateName, clusterScope } of refs) {
    const name = templateName ?? '';
    if (clusterScope === true) {
      const found = source.clusterTemplate(name);
      if (found === undefined) return { ok: false, message: `ClusterAnalysisTemplate '${name}' not found` };
      clusterTemplates.push(found);
    } else {
      const found = source.template(name);
      if (found === undefined) return { ok: false, message: `AnalysisTemplate '${name}' not found` };
      templates.push(found);
    }
  }
  return collectTemplates({ templates, clusterTemplates }, source);
}

/** The Rollout as the owner that manages an object. */
export const ownerReference = ({ name, uid }: Scene): NonNullable<ObjectMeta['ownerReferences']>[number] => ({
  ...{ apiVersion: API_VERSION, kind: 'Rollout', name, uid },
  ...{ controller: true, blockOwnerDeletion: true },
});

/** Name of the next run of a kind: version, revision and what it is for, with a number where there was one before. */
export function nextRunName(scene: Scene, kind: RunKind, taken: string | undefined): string {
  const parts = [scene.name, scene.hash, String(revisionOf(scene.newSet)), infixOf(scene, kind)];
  const base = parts.filter((part) => part !== '').join('-');
  const names = new Set(scene.snapshot.analysisRuns.map(({ metadata }) => metadata?.name));
  const isFree = (name: string): boolean => !names.has(name) && name !== taken;
  if (isFree(base)) return base;
  let number = 1;
  while (!isFree(`${base}.${number}`)) number += 1;
  return `${base}.${number}`;
}
