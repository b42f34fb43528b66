import type { AnalysisTemplate, ClusterAnalysisTemplate, RunRequest } from '../../../schemas/index.js';
import type { Collection } from '../../analysis/index.js';
import { usageError } from '../exit-code.js';
import type { Input } from './read-inputs.js';

/**
 * The request of the files: the run request there is, else one for all templates that no other one refers to; those are
 * measured as part of it.
 * @throws CliError (64) when there is nothing to measure, or a template stands there twice.
 */
export function requestOf(inputs: readonly Input[]): RunRequest {
  const known = knownTemplates(inputs);
  const request = inputs.find((input) => input.kind === 'RunRequest')?.value;
  if (request !== undefined) return request;
  const { templates, clusterTemplates } = rootsOf(known);
  if (templates.length + clusterTemplates.length === 0)
    throw usageError('there is nothing to measure: no template, run or run request');
  return { templates: [...templates, ...clusterTemplates] };
}

interface Known {
  readonly templates: ReadonlyMap<string, AnalysisTemplate>;
  readonly clusterTemplates: ReadonlyMap<string, ClusterAnalysisTemplate>;
}

function knownTemplates(inputs: readonly Input[]): Known {
  const templates = new Map<string, AnalysisTemplate>();
  const clusterTemplates = new Map<string, ClusterAnalysisTemplate>();
  for (const input of inputs) {
    if (input.kind === 'AnalysisTemplate') addOnce(templates, input.value, input);
    if (input.kind === 'ClusterAnalysisTemplate') addOnce(clusterTemplates, input.value, input);
  }
  return { templates, clusterTemplates };
}

function addOnce<Template extends AnalysisTemplate | ClusterAnalysisTemplate>(
  known: Map<string, Template>,
  template: Template,
  { kind, place }: Input,
): void {
  // One without a name can not be referred to; it still has to be different from another one without.
  const name = template.metadata?.name ?? `${place.source}#${known.size}`;
  if (known.has(name)) throw usageError(`${place.source}: the ${kind} '${name}' is given twice`);
  known.set(name, template);
}

/** The templates that no other one refers to; all of them when they refer to each other in a circle. */
function rootsOf({ templates, clusterTemplates }: Known): Collection {
  const refs = [...templates.values(), ...clusterTemplates.values()].flatMap(
    ({ spec }) => spec.templates ?? [],
  );
  const referred = (name: string, clusterScope: boolean): boolean =>
    refs.some((ref) => ref.templateName === name && (ref.clusterScope ?? false) === clusterScope);
  const roots = {
    templates: [...templates].filter(([name]) => !referred(name, false)).map(([, template]) => template),
    clusterTemplates: [...clusterTemplates]
      .filter(([name]) => !referred(name, true))
      .map(([, template]) => template),
  };
  if (roots.templates.length + roots.clusterTemplates.length > 0) return roots;
  return { templates: [...templates.values()], clusterTemplates: [...clusterTemplates.values()] };
}
