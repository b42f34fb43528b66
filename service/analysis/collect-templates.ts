import type { AnalysisTemplate, AnalysisTemplateRef, ClusterAnalysisTemplate } from '../../schemas/index.js';

/** The templates that are known, by name. */
export interface TemplateSource {
  template(name: string): AnalysisTemplate | undefined;
  clusterTemplate(name: string): ClusterAnalysisTemplate | undefined;
}

/** Templates of a run, each once. */
export interface Collection {
  readonly templates: readonly AnalysisTemplate[];
  readonly clusterTemplates: readonly ClusterAnalysisTemplate[];
}

/** The templates with all that they refer to, or the message about the first that is not known. */
export type Collected =
  | ({ readonly ok: true } & Collection)
  | { readonly ok: false; readonly message: string; readonly ref: AnalysisTemplateRef };

/**
 * Adds the templates that the given ones refer to in `spec.templates`, and those that these refer to. A template that is
 * met again, in a circle too, is not added again.
 */
export function collectTemplates(roots: Collection, source: TemplateSource): Collected {
  const templates: AnalysisTemplate[] = [];
  const clusterTemplates: ClusterAnalysisTemplate[] = [];
  const seen = new Set<string>();
  const pending: Entry[] = [
    ...roots.templates.map((template) => ({ scope: 'namespace', template }) as const),
    ...roots.clusterTemplates.map((template) => ({ scope: 'cluster', template }) as const),
  ];
  for (let entry = pending.shift(); entry !== undefined; entry = pending.shift()) {
    const name = entry.template.metadata?.name;
    const key = `${entry.scope}/${name ?? ''}`;
    if (name !== undefined && seen.has(key)) continue;
    seen.add(key);
    if (entry.scope === 'cluster') clusterTemplates.push(entry.template);
    else templates.push(entry.template);
    const nested: Entry[] = [];
    for (const ref of entry.template.spec.templates ?? []) {
      const found = lookUp(ref, source);
      if (found === undefined) return { ok: false, message: notFound(ref), ref };
      nested.push(found);
    }
    pending.unshift(...nested);
  }
  return { ok: true, templates, clusterTemplates };
}

/** The templates of each kind without those whose name was met before. */
export function uniqueTemplates({ templates, clusterTemplates }: Collection): Collection {
  return { templates: byFirstName(templates), clusterTemplates: byFirstName(clusterTemplates) };
}

type Entry =
  | { readonly scope: 'namespace'; readonly template: AnalysisTemplate }
  | { readonly scope: 'cluster'; readonly template: ClusterAnalysisTemplate };

function lookUp(
  { templateName, clusterScope }: AnalysisTemplateRef,
  source: TemplateSource,
): Entry | undefined {
  const name = templateName ?? '';
  if (clusterScope === true) {
    const template = source.clusterTemplate(name);
    return template === undefined ? undefined : { scope: 'cluster', template };
  }
  const template = source.template(name);
  return template === undefined ? undefined : { scope: 'namespace', template };
}

function notFound({ templateName, clusterScope }: AnalysisTemplateRef): string {
  const kind = clusterScope === true ? 'ClusterAnalysisTemplate' : 'AnalysisTemplate';
  return `${kind} '${templateName ?? ''}' not found`;
}

function byFirstName<Template extends { readonly metadata?: { readonly name?: string } }>(
  templates: readonly Template[],
): readonly Template[] {
  const seen = new Set<string>();
  return templates.filter(({ metadata }) => {
    const name = metadata?.name ?? '';
    if (seen.has(name)) return false;
    seen.add(name);
    return true;
  });
}
