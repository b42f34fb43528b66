import type { Argument, Fault, MetricSummary, ProviderConfigs } from '../../../schemas/index.js';
import { type Lintable, lintAmong, type TemplateSource } from '../../analysis/index.js';
import { callbackFaults } from './callback-faults.js';
import { locate, type LocatedFault } from './located-fault.js';
import type { Input } from './read-inputs.js';
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

/** Looks for what is wrong with documents whose shapes are right. */
export function lintInputs(inputs: readonly Input[], known: LintKnowledge = {}): LintedInputs {
  const source = templateSource(inputs);
  const linted = inputs.flatMap(partsOf).map((part) => lintPart(part, source, known));
  return {
    errors: [...linted.flatMap(({ errors }) => errors), ...inputs.flatMap(callbackFaults)],
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
