import type { AnalysisRun, Argument, ProviderConfigs, RunRequest } from '../../../schemas/index.js';
import { buildRun, planRequest, prepareRun, type TemplateSource } from '../../analysis/index.js';
import { annotateCallbacks } from '../../delivery/index.js';
import { usageError } from '../exit-code.js';
import type { CliIo } from '../io.js';
import { chosenMetrics } from './chosen-metrics.js';
import { checkGivenNames, parseGivenArguments, withGivenValues } from './given-arguments.js';
import { lintInputs } from './lint-inputs.js';
import { faultText } from './located-fault.js';
import { namesOthers, requestForServer } from './named-templates.js';
import { type Input, readInputs } from './read-inputs.js';
import { requestOf } from './requested-templates.js';
import { templateSource } from './template-source.js';

/** Options of every command that works on the metrics of a spec. */
export interface SpecOptions {
  readonly file: readonly string[];
  /** `name=value` */
  readonly arg: readonly string[];
  /** Names of metrics; none: all. */
  readonly metric: readonly string[];
}

type AnalysisRunInput = Extract<Input, { kind: 'AnalysisRun' }>;

/**
 * The run that files and options ask for: an AnalysisRun as it is, else one of the templates, with the callbacks of a
 * run request in its annotation. Warnings are told on standard error.
 * @param names servers and plugins that metrics may name; undefined: they are not known.
 * @throws CliError (64) naming everything that is wrong.
 */
export async function planRun(
  options: SpecOptions,
  io: CliIo,
  names?: ProviderConfigs,
): Promise<AnalysisRun> {
  const given = parseGivenArguments(options.arg);
  return runOf(await readAsked(options, given, io, names), given, options.metric);
}

/**
 * The same for a server: the run, or a run request where templates are named that only the server may know.
 * @param named what the options ask for instead of files.
 * @throws CliError (64) naming everything that is wrong.
 */
export async function planForServer(
  options: SpecOptions,
  io: CliIo,
  named?: RunRequest,
): Promise<AnalysisRun | RunRequest> {
  const given = parseGivenArguments(options.arg);
  const wanted = { given, metric: options.metric };
  if (named !== undefined) return requestForServer(named, templateSource([]), wanted);
  const asked = await readAsked(options, given, io);
  const request = asked.givenRun === undefined ? requestOf(asked.inputs) : undefined;
  const files = templateSource(asked.inputs);
  return request !== undefined && namesOthers(request, files)
    ? requestForServer(request, files, wanted)
    : runOf(asked, given, options.metric);
}

/** What files ask for: a run as it is, else one of their templates. */
interface Asked {
  readonly inputs: readonly Input[];
  readonly givenRun: AnalysisRunInput | undefined;
}

async function readAsked(
  options: SpecOptions,
  given: ReadonlyMap<string, string>,
  io: CliIo,
  names?: ProviderConfigs,
): Promise<Asked> {
  const read = await readInputs(options.file, io);
  const { inputs, errors, warnings } = read;
  const linted = lintInputs(read, {
    given: argumentsOf(given),
    ...(names === undefined ? {} : { names }),
  });
  for (const warning of [...warnings, ...linted.warnings]) io.err.write(`warning: ${faultText(warning)}\n`);
  const faults = [...errors, ...linted.errors];
  if (faults.length > 0) throw usageError(faults.map(faultText).join('\n'));

  const asked = inputs.filter(({ kind }) => kind === 'AnalysisRun' || kind === 'RunRequest');
  if (asked.length > 1) {
    const places = asked.map(({ place }) => place.source).join(', ');
    throw usageError(`one run at a time: there are ${asked.length} runs or run requests (${places})`);
  }
  return {
    inputs,
    givenRun: inputs.find((input): input is AnalysisRunInput => input.kind === 'AnalysisRun'),
  };
}

function runOf(
  { inputs, givenRun }: Asked,
  given: ReadonlyMap<string, string>,
  metrics: readonly string[],
): AnalysisRun {
  const run =
    givenRun === undefined
      ? runOfRequest(requestOf(inputs), templateSource(inputs), given)
      : runAsGiven(givenRun.value, given);
  const chosen = chosenMetrics(run, metrics);
  const preparation = prepareRun(chosen.spec);
  if (!preparation.ok) throw usageError(preparation.message);
  return chosen;
}

/** The status of a run that is asked for says nothing of the new one. */
function runAsGiven(
  { status: _status, ...run }: AnalysisRun,
  given: ReadonlyMap<string, string>,
): AnalysisRun {
  const args = run.spec.args ?? [];
  checkGivenNames(args, given);
  return { ...run, spec: { ...run.spec, args: withGivenValues(args, given) } };
}

function runOfRequest(
  request: RunRequest,
  source: TemplateSource,
  given: ReadonlyMap<string, string>,
): AnalysisRun {
  const plan = planRequest(request, source);
  if (!plan.ok)
    throw usageError(
      plan.faults.map(({ message }) => `${message}: give its file with -f as well`).join('\n'),
    );
  const { templates, clusterTemplates, args } = plan.ingredients;
  checkGivenNames(
    [...templates, ...clusterTemplates].flatMap(({ spec }) => spec.args ?? []),
    given,
  );
  const built = buildRun({ ...plan.ingredients, args: [...args, ...argumentsOf(given)] });
  if (!built.ok) throw usageError(withAdvice(built.message));
  const { run } = built;
  const filled = { ...run, spec: { ...run.spec, args: withGivenValues(run.spec.args ?? [], given) } };
  return annotateCallbacks(filled, request.callbacks ?? []);
}

const argumentsOf = (given: ReadonlyMap<string, string>): readonly Argument[] =>
  [...given].map(([name, value]) => ({ name, value }));

/** The reference's message about a missing argument, and what to do about it here. */
function withAdvice(message: string): string {
  const name = /^args\.(.*) was not resolved$/.exec(message)?.[1];
  return name === undefined ? message : `${message}: give it with --arg ${name}=…`;
}
