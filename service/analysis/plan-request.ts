import type {
  AnalysisTemplate,
  ClusterAnalysisTemplate,
  Fault,
  ObjectMeta,
  ProviderConfigs,
  RunRequest,
  RunRequestTemplate,
} from '../../schemas/index.js';
import type { RunIngredients } from './build-run.js';
import { type Collection, collectTemplates, type TemplateSource } from './collect-templates.js';
import { lint } from './lint/lint.js';
import { metadataFaults } from './metadata-faults.js';
import { templateSourceOf } from './template-source.js';

/** What the run of a request is made of, every template it refers to included; or all that stands in its way. */
export type PlannedRequest =
  | { readonly ok: true; readonly ingredients: Required<Pick<RunIngredients, 'args'>> & RunIngredients }
  | { readonly ok: false; readonly faults: readonly Fault[] };

/**
 * Finds the templates of a run request: those that stand in it, those it names, and those that these refer to. What
 * stands in the request goes before what is known under the same name. A run without a name is named after its first
 * template, and one without a namespace lives where that one does. Whether the templates are right is not looked at:
 * {@link lintRequest} does that.
 * @returns faults with the paths of the entries of `templates`, one for each entry that can not be found whole.
 */
export function planRequest(request: RunRequest, known: TemplateSource): PlannedRequest {
  const { templates: asked, args = [], metadata, dryRun, measurementRetention, ttlStrategy } = request;
  const source = sourceOfRequest(request, known);
  const entries = asked.map((each) => found(each, source));
  const faults = entries.flatMap((entry, index) =>
    faultsOf(entry, asked[index], `templates[${index}]`, source),
  );
  if (faults.length > 0) return { ok: false, faults };
  const collected = collectTemplates(byScope(entries), source);
  if (!collected.ok) return { ok: false, faults: [{ path: 'templates', message: collected.message }] };
  const { templates, clusterTemplates } = collected;
  const [first] = entries;
  return {
    ok: true,
    ingredients: {
      templates,
      clusterTemplates,
      args,
      metadata: { ...(first?.found === true ? metadataAfter(first.template, metadata) : {}), ...metadata },
      ...(dryRun === undefined ? {} : { dryRun }),
      ...(measurementRetention === undefined ? {} : { measurementRetention }),
      ...(ttlStrategy === undefined ? {} : { ttlStrategy }),
    },
  };
}

/**
 * What is wrong with the templates that stand in a request, by path (`templates[0].spec.metrics[1].…`), references
 * followed. Templates that are only named are not looked into: they were when they became known.
 */
export function lintRequest(
  request: RunRequest,
  known: TemplateSource,
  names?: ProviderConfigs,
): readonly Fault[] {
  const templates = sourceOfRequest(request, known);
  const { namespace } = request.metadata ?? {};
  const use = {
    ...(names === undefined ? {} : { names }),
    ...(namespace === undefined || namespace === '' ? {} : { namespace }),
  };
  return request.templates.flatMap((asked, index) => {
    if ('templateName' in asked) return [];
    const { errors } = lint(asked, { templates, ...use });
    return errors.map((fault) => ({ ...fault, path: `templates[${index}].${fault.path}` }));
  });
}

/** The templates that stand in a request, by name, and beyond them those that are known. */
export function sourceOfRequest({ templates }: RunRequest, known: TemplateSource): TemplateSource {
  return templateSourceOf(byScope(templates.map(inline)), known);
}

type Entry =
  | { readonly found: true; readonly scope: 'namespace'; readonly template: AnalysisTemplate }
  | { readonly found: true; readonly scope: 'cluster'; readonly template: ClusterAnalysisTemplate }
  | { readonly found: false };

function inline(asked: RunRequestTemplate): Entry {
  if ('templateName' in asked) return { found: false };
  if ('kind' in asked && asked.kind === 'ClusterAnalysisTemplate')
    return { found: true, scope: 'cluster', template: asked };
  const { spec } = asked;
  const metadata = 'metadata' in asked ? asked.metadata : undefined;
  return {
    found: true,
    scope: 'namespace',
    template: { spec, ...(metadata === undefined ? {} : { metadata }) },
  };
}

function found(asked: RunRequestTemplate, source: TemplateSource): Entry {
  if (!('templateName' in asked)) return inline(asked);
  const { templateName, clusterScope = false } = asked;
  if (clusterScope) {
    const template = source.clusterTemplate(templateName);
    return template === undefined ? { found: false } : { found: true, scope: 'cluster', template };
  }
  const template = source.template(templateName);
  return template === undefined ? { found: false } : { found: true, scope: 'namespace', template };
}

function faultsOf(
  entry: Entry,
  asked: RunRequestTemplate | undefined,
  path: string,
  source: TemplateSource,
): readonly Fault[] {
  const named = asked !== undefined && 'templateName' in asked ? asked : undefined;
  const place = named === undefined ? path : `${path}.templateName`;
  if (entry.found) {
    const collected = collectTemplates(byScope([entry]), source);
    return collected.ok ? [] : [{ path: place, message: collected.message }];
  }
  const kind = named?.clusterScope === true ? 'ClusterAnalysisTemplate' : 'AnalysisTemplate';
  return [{ path: place, message: `${kind} '${named?.templateName ?? ''}' not found` }];
}

function byScope(entries: readonly Entry[]): Collection {
  return {
    templates: entries.flatMap((entry) =>
      entry.found && entry.scope === 'namespace' ? [entry.template] : [],
    ),
    clusterTemplates: entries.flatMap((entry) =>
      entry.found && entry.scope === 'cluster' ? [entry.template] : [],
    ),
  };
}

/** What a run takes over from its first template, where it says nothing itself. */
function metadataAfter(
  { metadata }: AnalysisTemplate | ClusterAnalysisTemplate,
  { name = '', generateName = '', namespace = '' }: ObjectMeta = {},
): ObjectMeta {
  const isNamed = name !== '' || generateName !== '';
  const templates = metadata?.namespace;
  const prefix = `${metadata?.name ?? ''}-`;
  // A file may hold a template under a name that no cluster would take; its runs must have one.
  const isUsable = metadataFaults({ generateName: prefix }).length === 0;
  return {
    ...(isNamed ? {} : { generateName: isUsable ? prefix : 'analysis-' }),
    ...(namespace !== '' || templates === undefined ? {} : { namespace: templates }),
  };
}
