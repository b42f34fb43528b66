import {
  type AnalysisTemplate,
  type ClusterAnalysisTemplate,
  type NamedTemplate,
  type ObjectMeta,
  type RunRequest,
  type RunRequestTemplate,
} from '../../../schemas/index.js';
import type { Collection, RunIngredients, TemplateSource } from '../../analysis/index.js';
import { usageError } from '../exit-code.js';
import type { Input } from './read-inputs.js';
import { templateSource } from './template-source.js';

/** What a run is to be made of. */
export interface Request extends Omit<RunIngredients, 'templates' | 'clusterTemplates' | 'args'> {
  /** The templates that are asked for; those they refer to are not among them. */
  readonly roots: Collection;
  /** Every template of the files, by name. */
  readonly source: TemplateSource;
  readonly args: NonNullable<RunIngredients['args']>;
}

/**
 * The request of the files: the run request there is, with the templates it names, else all templates. Templates that
 * others refer to are measured as part of these.
 * @throws CliError (64) when there is nothing to measure, a template stands there twice or is not there.
 */
export function requestOf(inputs: readonly Input[]): Request {
  const known = knownTemplates(inputs);
  const source = templateSource(inputs);
  const request = inputs.find((input) => input.kind === 'RunRequest')?.value;
  if (request !== undefined) return ofRequest(request, source);
  const roots = rootsOf(known);
  const [first] = [...roots.templates, ...roots.clusterTemplates];
  if (first === undefined) throw usageError('there is nothing to measure: no template, run or run request');
  return { roots, source, args: [], metadata: metadataAfter(first) };
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

function ofRequest(request: RunRequest, source: TemplateSource): Request {
  const { templates: asked, args = [], dryRun, measurementRetention, ttlStrategy, metadata } = request;
  const entries = asked.map((each) => resolved(each, source));
  const templates = entries.flatMap((entry) => (entry.scope === 'namespace' ? [entry.template] : []));
  const clusterTemplates = entries.flatMap((entry) => (entry.scope === 'cluster' ? [entry.template] : []));
  const [first] = [...templates, ...clusterTemplates];
  return {
    roots: { templates, clusterTemplates },
    source,
    args,
    metadata: metadata ?? (first === undefined ? {} : metadataAfter(first)),
    ...(dryRun === undefined ? {} : { dryRun }),
    ...(measurementRetention === undefined ? {} : { measurementRetention }),
    ...(ttlStrategy === undefined ? {} : { ttlStrategy }),
  };
}

type Resolved =
  | { readonly scope: 'namespace'; readonly template: AnalysisTemplate }
  | { readonly scope: 'cluster'; readonly template: ClusterAnalysisTemplate };

function resolved(asked: RunRequestTemplate, source: TemplateSource): Resolved {
  if (!('templateName' in asked)) {
    if ('kind' in asked && asked.kind === 'ClusterAnalysisTemplate')
      return { scope: 'cluster', template: asked };
    const { spec } = asked;
    const metadata = 'metadata' in asked ? asked.metadata : undefined;
    return { scope: 'namespace', template: { spec, ...(metadata === undefined ? {} : { metadata }) } };
  }
  const { templateName, clusterScope = false } = asked;
  if (clusterScope) return { scope: 'cluster', template: found(source.clusterTemplate(templateName), asked) };
  return { scope: 'namespace', template: found(source.template(templateName), asked) };
}

function found<Template>(
  template: Template | undefined,
  { templateName, clusterScope }: NamedTemplate,
): Template {
  if (template !== undefined) return template;
  const kind = clusterScope === true ? 'ClusterAnalysisTemplate' : 'AnalysisTemplate';
  throw usageError(`${kind} '${templateName}' not found: give its file with -f as well`);
}

/** A run is named after its first template and lives where that one does. */
function metadataAfter({ metadata }: AnalysisTemplate | ClusterAnalysisTemplate): ObjectMeta {
  return {
    generateName: `${metadata?.name ?? 'analysis'}-`,
    ...(metadata?.namespace === undefined ? {} : { namespace: metadata.namespace }),
  };
}
