import { GoError } from '../go/go-error.js';
import type { Budget } from './budget.js';
import { JsonFault, MAX_JSON_DEPTH } from './json-fault.js';

/** Steps that an array, an object, a member or an element costs beyond the characters it is written with. */
const NODE_PRICE = 3;
/** Characters that are read in the time of one step. */
const CHARACTERS_A_STEP = 4;
/** Half a surrogate pair, as it is or escaped. */
const SURROGATE = /\p{Surrogate}|\\u[dD][89a-fA-F]/u;
/** Only a number with an exponent or with very many digits can be beyond what a float64 holds. */
const PERHAPS_HUGE = /\d[eE]|\d{309}/;
/** Digits beyond what is exact at once, and what each of them costs. */
const MANY_DIGITS = /\d[\d.]{16,}/g;
const DIGIT_PRICE = 5;

/**
 * Parses JSON as Go's encoding/json does into an interface{}. Throws GoError with its texts, and `ConditionError`
 * (budget) when that takes too long.
 */
export function fromJson(source: string, budget: Budget): unknown {
  budget.step(Math.ceil(source.length / CHARACTERS_A_STEP));
  const { nodes, depth } = outline(source);
  budget.step(nodes * NODE_PRICE);
  for (const [digits] of source.matchAll(MANY_DIGITS)) budget.step(digits.length * DIGIT_PRICE);
  if (depth > MAX_JSON_DEPTH) throw faultOf(source, budget);
  // What is not to be left as JSON.parse reads it has to be looked for in every value.
  const hasSurrogates = SURROGATE.test(source);
  const isPerhapsHuge = PERHAPS_HUGE.test(source);
  if (hasSurrogates || isPerhapsHuge) budget.step(source.length);
  let value: unknown;
  try {
    value = JSON.parse(source) as unknown;
  } catch {
    throw faultOf(source, budget);
  }
  if (isPerhapsHuge && hasInfinity(value))
    throw new GoError(`json: cannot unmarshal number ${hugeNumber(source)} into Go value of type float64`);
  return hasSurrogates ? wellFormed(value) : value;
}

/** What is wrong with a text that is no JSON to Go: it is read once more, character by character. */
function faultOf(source: string, budget: Budget): GoError {
  budget.step(source.length);
  return new GoError(new JsonFault(source).message());
}

const [QUOTE, BACKSLASH, COMMA, COLON] = Array.from('"\\,:', (character) => character.charCodeAt(0));
const OPENING: ReadonlySet<number> = new Set(Array.from('[{', (character) => character.charCodeAt(0)));
const CLOSING: ReadonlySet<number> = new Set(Array.from(']}', (character) => character.charCodeAt(0)));

/** How many values a JSON text is of, and how deep they are nested. */
function outline(source: string): { readonly nodes: number; readonly depth: number } {
  let nodes = 0;
  let depth = 0;
  let deepest = 0;
  let isQuoted = false;
  for (let at = 0; at < source.length; at++) {
    const code = source.charCodeAt(at);
    if (code === QUOTE) isQuoted = !isQuoted;
    else if (isQuoted) {
      if (code === BACKSLASH) at++;
    } else if (code === COMMA || code === COLON) nodes++;
    else if (OPENING.has(code)) {
      nodes++;
      depth++;
      deepest = Math.max(deepest, depth);
    } else if (CLOSING.has(code)) depth--;
  }
  return { nodes, depth: deepest };
}

/** Go's decoder has U+FFFD for half a surrogate pair. */
function wellFormed(root: unknown): unknown {
  const holder = [root];
  const waiting: object[] = [holder];
  for (let parent = waiting.pop(); parent !== undefined; parent = waiting.pop()) {
    const into = parent as Record<string, unknown>;
    for (const [key, value] of Object.entries(into)) {
      if (typeof value === 'string') into[key] = toWellFormed(value);
      else if (typeof value === 'object' && value !== null) waiting.push(value);
    }
  }
  return holder[0];
}

const toWellFormed = (text: string): string => text.toWellFormed();

/** JSON.parse makes Infinity of a number that no float64 can hold; Go refuses it. */
function hasInfinity(root: unknown): boolean {
  const waiting: unknown[] = [root];
  while (waiting.length > 0) {
    const value = waiting.pop();
    if (typeof value === 'number' && !Number.isFinite(value)) return true;
    if (typeof value === 'object' && value !== null)
      for (const inner of Object.values(value)) waiting.push(inner);
  }
  return false;
}

function hugeNumber(source: string): string {
  return source.match(/-?\d[\d.eE+-]*/g)?.find((text) => !Number.isFinite(Number(text))) ?? '';
}
