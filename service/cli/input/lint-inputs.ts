import type { Argument, Fault, MetricSummary } from '../../../schemas/index.js';
import { collectTemplates, lint, type Lintable, type TemplateSource } from '../../analysis/index.js';
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

/**
 * Looks for what is wrong with documents whose shapes are right.
 * @param given arguments that a run will be given.
 */
export function lintInputs(inputs: readonly Input[], given: readonly Argument[] = []): LintedInputs {
  const source = templateSource(inputs);
  const linted = inputs.flatMap(partsOf).map((part) => lintPart(part, source, given));
  return {
    errors: linted.flatMap(({ errors }) => errors),
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
  given: readonly Argument[],
): LintedInputs {
  const missing = missingTemplate(document, source);
  // The arguments of templates are put together first: which ones have no value is known after that.
  const args = input.kind === 'AnalysisRun' ? { args: given } : {};
  const report = lint(document, { ...args, ...(missing === undefined ? { templates: source } : {}) });
  const located = (fault: Fault): LocatedFault =>
    locate(input.place, { ...fault, path: `${prefix}${fault.path}` });
  return {
    errors: report.errors.map(located),
    warnings: [...(missing === undefined ? [] : [missing]), ...report.warnings].map(located),
    metrics: report.metrics,
  };
}

/** A template that is referred to may be in the cluster only: no error in a document by itself. */
function missingTemplate(document: Lintable, source: TemplateSource): Fault | undefined {
  if (!('templates' in document.spec)) return undefined;
  const roots = { templates: [{ spec: document.spec }], clusterTemplates: [] };
  const collected = collectTemplates(roots, source);
  if (collected.ok) return undefined;
  return {
    path: 'spec.templates',
    message: `${collected.message} in the files: what it adds is not checked`,
  };
}
