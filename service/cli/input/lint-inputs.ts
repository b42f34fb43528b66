import type { Argument, Fault, MetricSummary, ProviderConfigs } from '../../../schemas/index.js';
import { type Lintable, lintAmong, type TemplateSource } from '../../analysis/index.js';
import { callbackFaults } from './callback-faults.js';
import { locate, type LocatedFault } from './located-fault.js';
import type { Input, Inputs } from './read-inputs.js';
import { templateSource } from './template-source.js';

/** What is wrong with the documents beyond their shapes. */
export interface LintedInputs {
  readonly errors: readonly LocatedFault[];
  readonly warnings: readonly LocatedFault[];
  /** What would be measured, by document. */
  readonly metrics: readonly MetricSummary[];
}

/** A document in an input: itself, or a template inside a run request. */
interface Part {
  readonly input: Input;
  readonly document: Lintable;
  /** Where it stands in the input, e.g. `templates[0].`; empty: it is the input. */
  readonly prefix: string;
}

/** What is known beside the documents. */
export interface LintKnowledge {
  /** Arguments that a run will be given. Default: none. */
  readonly given?: readonly Argument[];
  /** Servers and plugins that metrics may name. Absent: not known. */
  readonly names?: ProviderConfigs;
}

/** Looks for what is wrong with documents whose shapes are right, or but for the names of some fields. */
export function lintInputs(
  { inputs, misnamed }: Pick<Inputs, 'inputs' | 'misnamed'>,
  known: LintKnowledge = {},
): LintedInputs {
  const source = templateSource([...inputs, ...misnamed.map(({ input }) => input)]);
  const linted = inputs.flatMap(partsOf).map((part) => lintPart(part, source, known));
  const further = misnamed.flatMap(({ input, isTold }) =>
    partsOf(input).flatMap((part) => lintPart(part, source, known).errors.filter((fault) => !isTold(fault))),
  );
  return {
    errors: [...linted.flatMap(({ errors }) => errors), ...further, ...inputs.flatMap(callbackFaults)],
    warnings: linted.flatMap(({ warnings }) => warnings),
    metrics: linted.flatMap(({ metrics }) => metrics),
  };
}

function partsOf(input: Input): readonly Part[] {
  if (input.kind !== 'RunRequest') return [{ input, document: input.value, prefix: '' }];
  return input.value.templates.flatMap((template, index) =>
    'templateName' in template ? [] : [{ input, document: template, prefix: `templates[${index}].` }],
  );
}

function lintPart(
  { input, document, prefix }: Part,
  source: TemplateSource,
  { given = [], names }: LintKnowledge,
): LintedInputs {
  // The arguments of templates are put together first: which ones have no value is known after that.
  const args = input.kind === 'AnalysisRun' ? { args: given } : {};
  const namespace = input.kind === 'RunRequest' ? input.value.metadata?.namespace : undefined;
  const report = lintAmong(document, source, {
    where: 'in the files',
    ...args,
    ...(names === undefined ? {} : { names }),
    ...(namespace === undefined || namespace === '' ? {} : { namespace }),
  });
  const located = (fault: Fault): LocatedFault =>
    locate(input.place, { ...fault, path: `${prefix}${fault.path}` });
  return {
    errors: report.errors.map(located),
    warnings: report.warnings.map(located),
    metrics: report.metrics,
  };
}
