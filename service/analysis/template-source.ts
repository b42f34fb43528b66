import type { Collection, TemplateSource } from './collect-templates.js';

/**
 * The given templates by name, those without a name left out. Of several with one name the first; that there are
 * several is for others to tell.
 * @param beyond is asked for what is not among them.
 */
export function templateSourceOf(
  { templates, clusterTemplates }: Collection,
  beyond?: TemplateSource,
): TemplateSource {
  const byName = firstByName(templates);
  const clusterByName = firstByName(clusterTemplates);
  return {
    template: (name) => byName.get(name) ?? beyond?.template(name),
    clusterTemplate: (name) => clusterByName.get(name) ?? beyond?.clusterTemplate(name),
  };
}

function firstByName<Template extends { readonly metadata?: { readonly name?: string } }>(
  templates: readonly Template[],
): ReadonlyMap<string, Template> {
  const known = new Map<string, Template>();
  for (const template of templates) {
    const name = template.metadata?.name;
    if (name !== undefined && !known.has(name)) known.set(name, template);
  }
  return known;
}
