import type {
  AnalysisRun,
  AnalysisTemplate,
  Argument,
  ClusterAnalysisTemplate,
  Fault,
  Metric,
  ProviderConfigs,
  ValidationReport,
} from '../../../schemas/index.js';
import { patternPrice } from '../../condition/index.js';
import { collectTemplates, type TemplateSource } from '../collect-templates.js';
import { flattenTemplates, TemplateError } from '../flatten-templates.js';
import { withKnownValues } from './known-values.js';
import { lintMetric, summaryOf } from './metric-faults.js';
import { memberPath } from './field-path.js';
import type { NamedUse } from './named-faults.js';
import { matchedNames, ruleFaults } from './rule-faults.js';

/** What lint may know besides the document. */
export interface LintOptions {
  /** Arguments that will be given. With them, an argument of the document that still has no value is an error. */
  readonly args?: readonly Argument[];
  /** Where referenced templates are found. Without it references are not followed. */
  readonly templates?: TemplateSource;
  /** Servers and plugins that metrics may name. Absent: not known, and names are not looked at. */
  readonly names?: ProviderConfigs;
  /** Namespace of the run. Absent: that of the document; of a template that says none it is not known. */
  readonly namespace?: string;
}

/** A document that lint looks at; its shape must have been validated. */
export type Lintable = AnalysisTemplate | ClusterAnalysisTemplate | AnalysisRun;

/**
 * What is wrong with a spec beyond its shape, each fault with its place, without running anything: everything that would
 * end a run as Error before its first measurement, and what is probably not meant. Where the reference has a message for
 * a fault, the text is the reference's. What depends on arguments that are not known here is not complained of.
 */
export function lint(document: Lintable, options: LintOptions = {}): ValidationReport {
  const { spec } = document;
  const references = referenced(document, options.templates);
  const own = (spec.args ?? []).map((argument) => given(argument, options.args));
  const args = [...own, ...references.args];
  if (areTooLarge(spec.metrics ?? [], args))
    return { valid: false, errors: [CONDITIONS_TOO_LARGE], warnings: [], metrics: [] };
  const linted = (spec.metrics ?? []).map((metric, index) =>
    lintMetric(metric, memberPath('spec.metrics', index), args, namedUseOf(document, options)),
  );
  const metrics = linted.map(({ metric }) => metric);
  const all = [...metrics, ...references.metrics];
  const watched = matchedNames(spec.dryRun ?? [], all);
  const errors: Fault[] = [
    ...references.errors,
    ...(all.length === 0 && !references.incomplete
      ? [{ path: 'spec.metrics', message: 'no metrics specified' }]
      : []),
    ...linted.flatMap((metric) => metric.errors),
    ...repeatedNames(metrics),
    ...(document.kind === 'AnalysisRun' || options.args !== undefined ? missingValues(own) : []),
    ...ruleFaults('dryRun', spec.dryRun ?? [], all, references.incomplete),
    ...ruleFaults('measurementRetention', spec.measurementRetention ?? [], all, references.incomplete),
  ];
  return {
    valid: errors.length === 0,
    errors,
    warnings: linted.flatMap((metric) => metric.warnings),
    metrics: all.map((metric) => summaryOf(metric, watched.has(metric.name))),
  };
}

/**
 * Steps (some 60 ns each, for each of a few types of results) that compiling the conditions of a document may take, as far as
 * can be told from their texts. More than 800 KB of them without patterns: one such as `a{1000}` is long only when it is compiled.
 */
const CONDITIONS_BUDGET = 20_000_000;
const CONDITIONS_TOO_LARGE: Fault = {
  path: 'spec.metrics',
  message: 'the conditions are too large together: have fewer of them, or smaller patterns',
};

/** Whether looking at the conditions would hold up whoever else has something to do with this process. */
function areTooLarge(metrics: readonly Metric[], args: readonly Argument[]): boolean {
  let price = 0;
  return metrics.some(({ successCondition = '', failureCondition = '' }) => {
    for (const condition of [successCondition, failureCondition])
      price += patternPrice(withKnownValues(condition, args));
    return price > CONDITIONS_BUDGET;
  });
}

/** The namespace of runs that say none, as the engine has it. */
const DEFAULT_NAMESPACE = 'default';

function namedUseOf(document: Lintable, { names, namespace }: LintOptions): NamedUse | undefined {
  if (names === undefined) return undefined;
  const told = namespace ?? (document.metadata?.namespace || undefined);
  const assumed = document.kind === 'AnalysisRun' ? DEFAULT_NAMESPACE : undefined;
  return { configs: names, namespace: told ?? assumed };
}

/** What the templates that a document refers to add. */
interface References {
  readonly metrics: readonly Metric[];
  readonly args: readonly Argument[];
  readonly errors: readonly Fault[];
  /** There are references that could not be followed. */
  readonly incomplete: boolean;
}

function referenced(document: Lintable, source: TemplateSource | undefined): References {
  const none: References = { metrics: [], args: [], errors: [], incomplete: false };
  const { spec } = document;
  if (!('templates' in spec) || spec.templates.length === 0) return none;
  if (source === undefined) return { ...none, incomplete: true };
  // A template without a name of its own stands for the document: its references are what is looked for.
  const collected = collectTemplates(
    { templates: [{ spec: { templates: spec.templates } }], clusterTemplates: [] },
    source,
  );
  if (!collected.ok) {
    const index = spec.templates.findIndex(
      (ref) =>
        ref.templateName === collected.ref.templateName && ref.clusterScope === collected.ref.clusterScope,
    );
    const path = index === -1 ? 'spec.templates' : memberPath('spec.templates', index);
    return { ...none, errors: [{ path, message: collected.message }], incomplete: true };
  }
  try {
    const flat = flattenTemplates(collected.templates, collected.clusterTemplates);
    const names = new Set((spec.metrics ?? []).map(({ name }) => name));
    const repeated = flat.metrics.find(({ name }) => names.has(name));
    if (repeated === undefined) return { ...none, metrics: flat.metrics, args: flat.args };
    throw new TemplateError(`two metrics have the same name '${repeated.name}'`);
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    return { ...none, errors: [{ path: 'spec.templates', message: error.message }] };
  }
}

function given(argument: Argument, incoming: readonly Argument[] = []): Argument {
  const match = incoming.findLast(({ name }) => name === argument.name);
  if (match?.value !== undefined) return { name: argument.name, value: match.value };
  return match?.valueFrom === undefined ? argument : { ...argument, valueFrom: match.valueFrom };
}

function missingValues(args: readonly Argument[]): readonly Fault[] {
  return args.flatMap(({ name, value, valueFrom }, index) =>
    value === undefined && valueFrom === undefined
      ? [{ path: memberPath('spec.args', index), message: `args.${name} was not resolved` }]
      : [],
  );
}

function repeatedNames(metrics: readonly Metric[]): readonly Fault[] {
  const seen = new Set<string>();
  return metrics.flatMap(({ name }, index) => {
    const isRepeated = seen.has(name);
    seen.add(name);
    const path = memberPath(memberPath('spec.metrics', index), 'name');
    return isRepeated ? [{ path, message: `duplicate name '${name}'` }] : [];
  });
}
