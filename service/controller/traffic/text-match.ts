import { faultOf } from './fault.js';
import type { Subject } from './subject.js';

/** How a Rollout says which texts match: one of these. */
export type TextMatch = Readonly<{ exact?: string; prefix?: string; regex?: string }>;

/** The one of the ways in which a text matches, or a fault. `what` names what is matched. */
export function textMatch(
  subject: Subject,
  what: string,
  { exact = '', prefix = '', regex = '' }: TextMatch,
): { readonly kind: 'exact' | 'prefix' | 'regex'; readonly text: string } {
  if (exact !== '') return { kind: 'exact', text: exact };
  if (prefix !== '') return { kind: 'prefix', text: prefix };
  if (regex !== '') return { kind: 'regex', text: regex };
  const problem = `match the ${what} with neither exact, prefix nor regex. Give it one of them.`;
  throw faultOf('invalid', subject, 'spec.strategy.canary.steps', problem);
}

/** A regular expression for the text itself. */
export const literally = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
