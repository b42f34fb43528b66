import type { Argument, Fault, ValidationReport } from '../../../schemas/index.js';
import { collectTemplates, type TemplateSource } from '../collect-templates.js';
import { lint, type Lintable, type LintOptions } from './lint.js';

/** Options of {@link lintAmong}. */
export interface LintAmongOptions extends Pick<LintOptions, 'names' | 'namespace'> {
  /** Where was looked, as it stands after "not found", e.g. `in the files`. */
  readonly where: string;
  /** Arguments that will be given, as for {@link lint}. */
  readonly args?: readonly Argument[];
}

/**
 * {@link lint} with references followed, as far as the templates are known. One that leads nowhere is a warning: the
 * template may well be where the document will be used.
 */
export function lintAmong(
  document: Lintable,
  templates: TemplateSource,
  { where, args, ...known }: LintAmongOptions,
): ValidationReport {
  const missing = missingTemplate(document, templates, where);
  const report = lint(document, {
    ...known,
    ...(args === undefined ? {} : { args }),
    ...(missing === undefined ? { templates } : {}),
  });
  return missing === undefined ? report : { ...report, warnings: [missing, ...report.warnings] };
}

function missingTemplate(document: Lintable, templates: TemplateSource, where: string): Fault | undefined {
  if (!('templates' in document.spec)) return undefined;
  const roots = { templates: [{ spec: document.spec }], clusterTemplates: [] };
  const collected = collectTemplates(roots, templates);
  if (collected.ok) return undefined;
  return { path: 'spec.templates', message: `${collected.message} ${where}: what it adds is not checked` };
}
