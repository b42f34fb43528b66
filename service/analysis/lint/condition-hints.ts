import { nearMiss } from '../../../schemas/index.js';
import { type ConditionError, CONDITION_NAMES } from '../../condition/index.js';

/** Habits of other languages, looked for in the code of a condition that is faulty. */
const HABITS: readonly (readonly [habit: RegExp, hint: string])[] = [
  [/[“”„‘’]/, 'put texts in straight quotes: "…"'],
  [/===|!==/, 'compare with == and !='],
  [/=>|=</, 'compare with >= and <='],
  [/=~/, 'match a regular expression with matches: result matches "^v1"'],
  [/(?<![=!<>])=(?![=~<>])/, 'compare with =='],
  [/(?<!\.)\b(?:True|TRUE|False|FALSE)\b/, 'write true and false'],
  [/(?<!\.)\b(?:None|null|NULL|Null|undefined)\b/, 'write nil'],
  [/(?<!\.)\b(?:AND|OR|NOT)\b/, 'write &&, || and !'],
];

/** What to do about a faulty condition, beside the reference's message; undefined: that says all there is. */
export function hintFor(source: string, { message }: ConditionError): string | undefined {
  const code = codeOf(source).replace(/\blet\s+\w+\s*=(?!=)/g, '');
  const habit = HABITS.find(([pattern]) => pattern.test(code));
  if (habit !== undefined) return habit[1];
  const unknown = /^unknown name (\w+)/.exec(message)?.[1];
  const meant = unknown === undefined ? undefined : nearMiss(unknown, CONDITION_NAMES);
  if (meant !== undefined) return `did you mean ${meant}?`;
  if (message.startsWith('unexpected token EOF'))
    return 'the condition ends too early. In YAML, # after a space begins a comment: put a condition that has one in quotes';
  return undefined;
}

/** The condition without what stands in quotes and without comments. */
export function codeOf(source: string): string {
  return source
    .replace(/"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`[^`]*`/g, '""')
    .replace(/\/\*[^]*?\*\/|\/\/.*/g, '');
}
