import { type Argument, nearMiss } from '../../../schemas/index.js';
import { usageError } from '../exit-code.js';

/**
 * The arguments of `--arg name=value`. The value may have further `=` in it and may be empty.
 * @throws CliError (64) naming every faulty one.
 */
export function parseGivenArguments(given: readonly string[]): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  const faults: string[] = [];
  for (const text of given) {
    const at = text.indexOf('=');
    const name = text.slice(0, at);
    if (at < 1) faults.push(`--arg ${text}: must be name=value`);
    else if (values.has(name)) faults.push(`--arg ${name}: is given twice`);
    else values.set(name, text.slice(at + 1));
  }
  if (faults.length > 0) throw usageError(faults.join('\n'));
  return values;
}

/**
 * Refuses values that no argument takes: a misspelt one would leave the default in force, unnoticed.
 * @throws CliError (64) naming every unknown one.
 */
export function checkGivenNames(declared: readonly Argument[], given: ReadonlyMap<string, string>): void {
  const names = new Set(declared.map(({ name }) => name));
  const faults = [...given.keys()]
    .filter((name) => !names.has(name))
    .map((name) => `--arg ${name}: no argument has this name${suggestion(name, names)}`);
  if (faults.length > 0) throw usageError(faults.join('\n'));
}

/** The arguments with the given values in place of their own values and references. */
export function withGivenValues(
  declared: readonly Argument[],
  given: ReadonlyMap<string, string>,
): readonly Argument[] {
  return declared.map((argument) => {
    const value = given.get(argument.name);
    return value === undefined ? argument : { name: argument.name, value };
  });
}

function suggestion(name: string, names: ReadonlySet<string>): string {
  const meant = nearMiss(name, names);
  if (meant !== undefined) return `: did you mean ${meant}?`;
  return names.size === 0 ? ': there are none' : `: there are ${[...names].join(', ')}`;
}
