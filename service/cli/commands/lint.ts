import type { CliDeps } from '../deps.js';
import { EXIT, type ExitCode } from '../exit-code.js';
import { lintInputs } from '../input/lint-inputs.js';
import { faultText, type LocatedFault } from '../input/located-fault.js';
import { readInputs } from '../input/read-inputs.js';
import { renderObject } from '../output/index.js';

/** Options of `assay lint`. */
export interface LintOptions {
  readonly file: readonly string[];
  readonly output: 'text' | 'json';
}

/**
 * `assay lint`: tells everything that is wrong with the documents of all files, with its place, and measures nothing.
 * Names of servers and plugins are looked at where `ASSAY_PROVIDERS_FILE` says which there are.
 * Answers 0 when there are no errors, else 64.
 */
export async function lintCommand({ file, output }: LintOptions, deps: CliDeps): Promise<ExitCode> {
  const { io } = deps;
  const read = await readInputs(file, io);
  // Without a configuration here the documents may well be for a service that has one.
  const names = await deps.readNames();
  const linted = lintInputs(read, names === undefined ? {} : { names });
  const errors = [...read.errors, ...linted.errors];
  const warnings = [...read.warnings, ...linted.warnings];
  const { metrics } = linted;
  if (output === 'json')
    io.out.write(renderObject({ valid: errors.length === 0, errors, warnings, metrics }, 'json'));
  else io.out.write(lintText(errors, warnings));
  return errors.length === 0 ? EXIT.successful : EXIT.usage;
}

function lintText(errors: readonly LocatedFault[], warnings: readonly LocatedFault[]): string {
  const summary = `${counted(errors.length, 'error')}, ${counted(warnings.length, 'warning')}`;
  return [
    ...errors.map((fault) => `error: ${faultText(fault)}`),
    ...warnings.map((fault) => `warning: ${faultText(fault)}`),
    summary,
    '',
  ].join('\n');
}

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;
