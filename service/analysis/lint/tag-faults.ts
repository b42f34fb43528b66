import { type Argument, type Fault, type Metric, nearMiss } from '../../../schemas/index.js';
import { cutAtTags } from '../resolve-template.js';
import { textsOf } from './field-path.js';

/** Tags of a metric that no argument answers to, each where it stands, in the reference's words and with a suggestion. */
export function tagFaults(metric: Metric, path: string, args: readonly Argument[]): readonly Fault[] {
  const names = args.map(({ name }) => name);
  const faults: Fault[] = [];
  for (const placed of textsOf(metric, path)) {
    const cut = cutAtTags(placed.text);
    if (typeof cut === 'string') {
      faults.push({ path: placed.path, message: `"{{" has no "}}": ${placed.text}` });
      continue;
    }
    for (const tag of cut.tags) {
      const message = tagProblem(tag, names);
      if (message !== undefined) faults.push({ path: placed.path, message });
    }
  }
  return faults;
}

function tagProblem(tag: string, names: readonly string[]): string | undefined {
  const trimmed = tag.trim();
  const name = trimmed.startsWith('args.') ? trimmed.slice('args.'.length) : undefined;
  if (name !== undefined && names.includes(name)) return undefined;
  const message = `failed to resolve {{${tag}}}`;
  const meant = nearMiss(name ?? trimmed, names);
  if (meant !== undefined) return `${message} — did you mean {{args.${meant}}}?`;
  return name === undefined ? `${message}: only arguments, {{args.<name>}}, can be filled in` : message;
}
