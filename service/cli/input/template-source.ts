import { type TemplateSource, sourceOfRequest, templateSourceOf } from '../../analysis/index.js';
import type { Input } from './read-inputs.js';

/** The templates of files, by name, those that stand in a run request included. */
export function templateSource(inputs: readonly Input[]): TemplateSource {
  const source = templateSourceOf({
    templates: inputs.flatMap((input) => (input.kind === 'AnalysisTemplate' ? [input.value] : [])),
    clusterTemplates: inputs.flatMap((input) =>
      input.kind === 'ClusterAnalysisTemplate' ? [input.value] : [],
    ),
  });
  const request = inputs.find((input) => input.kind === 'RunRequest')?.value;
  return request === undefined ? source : sourceOfRequest(request, source);
}
