import type {
  AnalysisRun,
  AnalysisTemplate,
  ClusterAnalysisTemplate,
  ObjectMeta,
  RunRequest,
  RunRequestTemplate,
} from '../../../schemas/index.js';
import type { TemplateSource } from '../../analysis/index.js';
import { usageError } from '../exit-code.js';
import { checkGivenNames } from './given-arguments.js';

/** Options that name templates which a server knows. */
export interface NamedTemplateOptions {
  /** Names of AnalysisTemplates. */
  readonly template: readonly string[];
  /** Names of ClusterAnalysisTemplates. */
  readonly clusterTemplate: readonly string[];
  /** Where the run lives, and its templates with it. */
  readonly namespace?: string;
}

/**
 * The request for the templates that the options name; undefined: they name none.
 * @throws CliError (64) when there is no server to know them, or files ask for something as well.
 */
export function namedRequest(
  { template, clusterTemplate, namespace }: NamedTemplateOptions,
  { atServer, hasFiles }: { readonly atServer: boolean; readonly hasFiles: boolean },
): RunRequest | undefined {
  const named: readonly RunRequestTemplate[] = [
    ...template.map((templateName) => ({ templateName })),
    ...clusterTemplate.map((templateName) => ({ templateName, clusterScope: true })),
  ];
  if (named.length === 0) {
    if (namespace !== undefined)
      throw usageError('--namespace goes with --template; files say the namespace in their metadata');
    if (!hasFiles)
      throw usageError(
        'there is nothing to measure: give files with -f, or with --server the name of a template that it knows with --template',
      );
    return undefined;
  }
  if (!atServer)
    throw usageError(
      '--template names what a server knows: name the server with --server, or give files with -f',
    );
  if (hasFiles)
    throw usageError(
      '-f and --template can not be combined: a run request in a file may name templates of the server (templates: [{templateName: …}])',
    );
  const metadata: ObjectMeta = namespace === undefined ? {} : { namespace };
  return { templates: named, metadata };
}

type Named = Extract<RunRequestTemplate, { templateName: string }>;

const inFiles = (
  { templateName, clusterScope = false }: Named,
  files: TemplateSource,
): AnalysisTemplate | ClusterAnalysisTemplate | undefined =>
  clusterScope ? files.clusterTemplate(templateName) : files.template(templateName);

/** Whether the request names a template that the files do not have: only a server may know it. */
export const namesOthers = ({ templates }: RunRequest, files: TemplateSource): boolean =>
  templates.some((each) => 'templateName' in each && inFiles(each, files) === undefined);

/**
 * The request, as a server is asked: with the templates of the files in place of their names, and the given arguments in
 * place of its own.
 * @throws CliError (64) when metrics are chosen: only the server knows them.
 */
export function requestForServer(
  request: RunRequest,
  files: TemplateSource,
  { given, metric }: { readonly given: ReadonlyMap<string, string>; readonly metric: readonly string[] },
): RunRequest {
  if (metric.length > 0)
    throw usageError('--metric needs the files of all templates: those that the server knows are run whole');
  const args = [
    ...(request.args ?? []).filter(({ name }) => !given.has(name)),
    ...[...given].map(([name, value]) => ({ name, value })),
  ];
  const templates = request.templates.map((each) =>
    'templateName' in each ? (inFiles(each, files) ?? each) : each,
  );
  return { ...request, templates, args };
}

/**
 * Refuses arguments that the run which a server made of its templates does not have: the default of a misspelt one would
 * be in force, unnoticed.
 * @throws CliError (64) naming every unknown one.
 */
export const checkTaken = ({ spec }: AnalysisRun, { args = [] }: RunRequest): void => {
  checkGivenNames(spec.args ?? [], new Map(args.map(({ name, value = '' }) => [name, value])));
};
