import type { AnalysisTemplate, ClusterAnalysisTemplate } from '../../../schemas/index.js';
import type { TemplateSource } from '../../analysis/index.js';
import type { Input } from './read-inputs.js';

/** The templates of files, by name. Of several with one name the first; that there are several is for others to tell. */
export function templateSource(inputs: readonly Input[]): TemplateSource {
  const templates = new Map<string, AnalysisTemplate>();
  const clusterTemplates = new Map<string, ClusterAnalysisTemplate>();
  for (const { kind, value } of inputs) {
    const name = value.metadata?.name;
    if (name === undefined) continue;
    if (kind === 'AnalysisTemplate' && !templates.has(name)) templates.set(name, value);
    if (kind === 'ClusterAnalysisTemplate' && !clusterTemplates.has(name)) clusterTemplates.set(name, value);
  }
  return {
    template: (name) => templates.get(name),
    clusterTemplate: (name) => clusterTemplates.get(name),
  };
}
