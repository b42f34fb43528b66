import { LRUCache } from 'lru-cache';
import { RE2JS, RE2JSException } from 're2js';
import { GoError } from './go-error.js';
import { patternPrice } from './regex-price.js';
import type { Spend } from './spend.js';

/** A compiled regular expression of RE2's language: it takes time linear in the text, whatever the expression. */
export interface GoRegex {
  /** Whether it matches anywhere in the text. What that costs beyond a look at the text is told to `spend`, in steps. */
  test(text: string, spend?: Spend): boolean;
}

const MAX_CACHED = 500;
/** What all that are kept may have cost to compile: some 50 MB, as their memory goes with it. */
const MAX_CACHED_PRICE = 5_000_000;
const cache = new LRUCache<string, GoRegex>({
  max: MAX_CACHED,
  maxSize: MAX_CACHED_PRICE,
  sizeCalculation: (_regex, source) => patternPrice(source),
});

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
    const rest = source.slice(wrong).toWellFormed();
    throw new GoError(`error parsing regexp: invalid UTF-8: \`${rest}\``);
  }
  try {
    return new MeteredRegex(RE2JS.compile(source));
  } catch (error) {
    if (error instanceof RE2JSException) throw new GoError(messageOf(error.message), { cause: error });
    throw error;
  }
}

/** The steps of a state of the automaton that has not been met before, and of an instruction of the program there. */
const STATE_PRICE = 60;
const STATE_INSTRUCTION_PRICE = 2;
/** The steps of an instruction at a character, where there are too many states to be kept. */
const NO_STATES_PRICE = 2.5;

/**
 * The automaton of a pattern such as `(a|b)*a(a|b){12}` may find new states with every character, each of which takes a
 * walk through the program, and gives up where they are too many to be kept. Neither can be seen in the pattern or in
 * the text, so both are counted where they happen.
 */
class MeteredRegex implements GoRegex {
  private readonly compiled: RE2JS;
  private spend: Spend = () => undefined;
  private metered = false;

  constructor(compiled: RE2JS) {
    this.compiled = compiled;
  }

  test(text: string, spend: Spend = () => undefined): boolean {
    this.spend = spend;
    if (!this.metered) this.meter();
    return this.compiled.test(text);
  }

  private meter(): void {
    this.metered = true;
    const { dfa } = this.compiled.re2();
    const size = this.compiled.programSize();
    const step = dfa.step.bind(dfa);
    const match = dfa.match.bind(dfa);
    dfa.step = (...args): unknown => {
      this.spend(STATE_PRICE + STATE_INSTRUCTION_PRICE * size);
      return step(...args);
    };
    dfa.match = (input: { endPos(): number }, ...rest): unknown => {
      const found: unknown = match(input, ...rest);
      if (found === null) this.spend(Math.ceil(NO_STATES_PRICE * size * input.endPos()));
      return found;
    };
  }
}

/** Where re2js words an error otherwise than Go does. */
function messageOf(message: string): string {
  // Go always names the offending part, which here is empty.
  if (message.endsWith('trailing backslash at end of expression')) return `${message}: \`\``;
  return message.replace(/invalid named capture: `\(\?<`$/, 'invalid or unsupported Perl syntax: `(?<`');
}
