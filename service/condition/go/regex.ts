import { LRUCache } from 'lru-cache';
import { RE2JS, RE2JSException } from 're2js';
import { GoError } from './go-error.js';

/** A compiled regular expression of RE2's language: it takes time linear in the text, whatever the expression. */
export interface GoRegex {
  readonly source: string;
  /** Instructions of its program: what it took to compile. */
  readonly size: number;
  /** Whether it matches anywhere in the text. */
  test(text: string): boolean;
}

const MAX_CACHED = 500;
const cache = new LRUCache<string, GoRegex>({ max: MAX_CACHED });

/**
 * regexp.Compile. Throws GoError: `error parsing regexp: missing closing ]: …`. The last used expressions are kept
 * compiled.
 */
export function compileRegex(source: string): GoRegex {
  const known = cache.get(source);
  if (known !== undefined) return known;
  const regex = compile(source);
  cache.set(source, regex);
  return regex;
}

function compile(source: string): GoRegex {
  const wrong = source.search(/\p{Surrogate}/u);
  if (wrong >= 0) {
    const rest = source.slice(wrong).replaceAll(/\p{Surrogate}/gu, '\ufffd');
    throw new GoError(`error parsing regexp: invalid UTF-8: \`${rest}\``);
  }
  try {
    const compiled = RE2JS.compile(source);
    return { source, size: compiled.programSize(), test: (text) => compiled.test(text) };
  } catch (error) {
    if (error instanceof RE2JSException) throw new GoError(messageOf(error.message), { cause: error });
    throw error;
  }
}

/** Where re2js words an error otherwise than Go does. */
function messageOf(message: string): string {
  // Go always names the offending part, which here is empty.
  if (message.endsWith('trailing backslash at end of expression')) return `${message}: \`\``;
  return message.replace(/invalid named capture: `\(\?<`$/, 'invalid or unsupported Perl syntax: `(?<`');
}
