import {
  type AnalysisRun,
  type AnalysisTemplate,
  type ClusterAnalysisTemplate,
  type Fault,
  type ParsedDocument,
  type RunRequest,
  validateDocument,
} from '../../schemas/index.js';
import { buildRun, collectTemplates, lint, prepareRun, type TemplateSource } from '../analysis/index.js';
import { invalidSpec } from './request-error.js';

const CALLBACKS_ANNOTATION = 'assay.dev/callbacks';
const NO_WEBHOOKS = 'this version sends no webhooks: ask with ?wait= instead';

/**
 * The run that a body asks for: an AnalysisRun object, or a run request (a body without `kind`). A status that comes
 * along is left out: it says nothing of the new run.
 * @throws RequestError (422) with every fault. Paths that begin with `spec.` are those of the run.
 */
export function askedRun({ kind, value }: ParsedDocument): AnalysisRun {
  const run = kind === undefined ? ofRequest(valid('RunRequest', value)) : ofObject(kind, value);
  refuse(lint(run).errors);
  const preparation = prepareRun(run.spec);
  if (!preparation.ok) throw invalidSpec([{ path: '', message: preparation.message }]);
  return run;
}

function ofObject(kind: string, value: unknown): AnalysisRun {
  if (kind !== 'AnalysisRun') {
    const message = `must be AnalysisRun, or absent for a run request with templates, not ${JSON.stringify(kind)}`;
    throw invalidSpec([{ path: 'kind', message }]);
  }
  const { status: _status, ...run } = valid('AnalysisRun', value);
  if (run.metadata?.annotations?.[CALLBACKS_ANNOTATION] !== undefined)
    throw invalidSpec([{ path: `metadata.annotations["${CALLBACKS_ANNOTATION}"]`, message: NO_WEBHOOKS }]);
  // lint tells a run from a template by its kind.
  return { ...run, kind: 'AnalysisRun' };
}

function valid<Kind extends 'AnalysisRun' | 'RunRequest'>(kind: Kind, value: unknown) {
  const validation = validateDocument(kind, value);
  if (validation.value === undefined) throw invalidSpec(validation.errors);
  return validation.value;
}

type Entry =
  | { readonly scope: 'namespace'; readonly template: AnalysisTemplate; readonly path: string }
  | { readonly scope: 'cluster'; readonly template: ClusterAnalysisTemplate; readonly path: string };

function ofRequest(request: RunRequest): AnalysisRun {
  const { templates: asked, callbacks = [], args = [], dryRun, measurementRetention, ttlStrategy } = request;
  if (callbacks.length > 0) throw invalidSpec([{ path: 'callbacks', message: NO_WEBHOOKS }]);
  const entries = asked.flatMap((each, index) => entryOf(each, `templates[${index}]`));
  const source = sourceOf(entries);
  refuse([...unknownNames(request, source), ...entries.flatMap((entry) => templateFaults(entry, source))]);

  const collected = collectTemplates(
    {
      templates: entries.flatMap((entry) => (entry.scope === 'namespace' ? [entry.template] : [])),
      clusterTemplates: entries.flatMap((entry) => (entry.scope === 'cluster' ? [entry.template] : [])),
    },
    source,
  );
  if (!collected.ok) throw invalidSpec([{ path: 'templates', message: collected.message }]);
  const built = buildRun({
    templates: collected.templates,
    clusterTemplates: collected.clusterTemplates,
    args,
    metadata: request.metadata ?? { generateName: `${entries[0]?.template.metadata?.name ?? 'analysis'}-` },
    ...(dryRun === undefined ? {} : { dryRun }),
    ...(measurementRetention === undefined ? {} : { measurementRetention }),
    ...(ttlStrategy === undefined ? {} : { ttlStrategy }),
  });
  if (!built.ok) {
    const path = built.message.startsWith('args.') ? 'args' : 'templates';
    throw invalidSpec([{ path, message: built.message }]);
  }
  return built.run;
}

function entryOf(asked: RunRequest['templates'][number], path: string): readonly Entry[] {
  if ('templateName' in asked) return [];
  if ('kind' in asked && asked.kind === 'ClusterAnalysisTemplate')
    return [{ scope: 'cluster', template: asked, path }];
  const { spec } = asked;
  const metadata = 'metadata' in asked ? asked.metadata : undefined;
  return [{ scope: 'namespace', template: { spec, ...(metadata === undefined ? {} : { metadata }) }, path }];
}

/** The templates of a request may refer to each other; the service knows no others. */
function sourceOf(entries: readonly Entry[]): TemplateSource {
  const templates = entries.flatMap((entry) => (entry.scope === 'namespace' ? [entry.template] : []));
  const clusterTemplates = entries.flatMap((entry) => (entry.scope === 'cluster' ? [entry.template] : []));
  return {
    template: (name) => templates.find(({ metadata }) => metadata?.name === name),
    clusterTemplate: (name) => clusterTemplates.find(({ metadata }) => metadata?.name === name),
  };
}

function unknownNames({ templates }: RunRequest, source: TemplateSource): readonly Fault[] {
  return templates.flatMap((asked, index) => {
    if (!('templateName' in asked)) return [];
    const { templateName, clusterScope = false } = asked;
    const found = clusterScope ? source.clusterTemplate(templateName) : source.template(templateName);
    const kind = clusterScope ? 'ClusterAnalysisTemplate' : 'AnalysisTemplate';
    return found === undefined
      ? [{ path: `templates[${index}].templateName`, message: `${kind} '${templateName}' not found` }]
      : [];
  });
}

const templateFaults = ({ template, path }: Entry, source: TemplateSource): readonly Fault[] =>
  lint(template, { templates: source }).errors.map((fault) => ({ ...fault, path: `${path}.${fault.path}` }));

function refuse(faults: readonly Fault[]): void {
  if (faults.length > 0) throw invalidSpec(faults);
}
