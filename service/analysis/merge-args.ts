import type { Argument } from '../../schemas/index.js';
import { TemplateError } from './flatten-templates.js';

/**
 * The arguments of a template with the values of those who use it. Only what the template names is taken; a value goes
 * before a reference to one, and every argument must end with either.
 * @throws {TemplateError} an argument has neither.
 */
export function mergeArgs(
  incoming: readonly Argument[],
  templateArgs: readonly Argument[],
): readonly Argument[] {
  const merged = templateArgs.map((argument) => ({ ...argument }));
  for (const { name, value, valueFrom } of incoming) {
    const target = merged.find((argument) => argument.name === name);
    if (target === undefined) continue;
    if (value !== undefined) target.value = value;
    else if (valueFrom !== undefined) target.valueFrom = valueFrom;
  }
  for (const { name, value, valueFrom } of merged) {
    if (value === undefined && valueFrom === undefined)
      throw new TemplateError(`args.${name} was not resolved`);
  }
  return merged;
}
