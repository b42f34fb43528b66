import { GoError } from '../go/go-error.js';
import { utf8Encode } from '../go/utf8.js';
import type { Budget } from './budget.js';

/** Steps that an array, an object or a member costs beyond the characters it is written with. */
const NODE_PRICE = 3;
/** What arrays, objects and members begin with or hold. */
const NODES: ReadonlySet<number> = new Set(Array.from('[{:', (character) => character.charCodeAt(0)));
/** Half a surrogate pair, as it is or escaped. */
const SURROGATE = /\p{Surrogate}|\\u[dD][89a-fA-F]/u;
/** Only a number with an exponent or with very many digits can be beyond what a float64 holds. */
const PERHAPS_HUGE = /\d[eE]|\d{309}/;

/**
 * Parses JSON as Go's encoding/json does into an interface{}. Throws GoError with its texts, and `ConditionError`
 * (budget) when that takes too long.
 */
export function fromJson(source: string, budget: Budget): unknown {
  let nodes = 0;
  for (let at = 0; at < source.length; at++) if (NODES.has(source.charCodeAt(at))) nodes++;
  budget.step(nodes * NODE_PRICE);
  // What is not to be left as JSON.parse reads it has to be looked for in every value.
  const hasSurrogates = SURROGATE.test(source);
  const isPerhapsHuge = PERHAPS_HUGE.test(source);
  if (hasSurrogates || isPerhapsHuge) budget.step(source.length);
  let value: unknown;
  try {
    value = JSON.parse(source, hasSurrogates ? wellFormed : undefined) as unknown;
  } catch {
    // Read once more, character by character.
    budget.step(source.length);
    throw new GoError(new JsonFault(source).message());
  }
  if (isPerhapsHuge && hasInfinity(value))
    throw new GoError(`json: cannot unmarshal number ${hugeNumber(source)} into Go value of type float64`);
  return value;
}

/** Go's decoder has U+FFFD for half a surrogate pair. */
function wellFormed(_key: string, value: unknown): unknown {
  return typeof value === 'string' ? value.replace(/\p{Surrogate}/gu, '\ufffd') : value;
}

/** JSON.parse makes Infinity of a number that no float64 can hold; Go refuses it. */
function hasInfinity(value: unknown): boolean {
  if (typeof value === 'number') return !Number.isFinite(value);
  return typeof value === 'object' && value !== null && Object.values(value).some(hasInfinity);
}

function hugeNumber(source: string): string {
  return source.match(/-?\d[\d.eE+-]*/g)?.find((text) => !Number.isFinite(Number(text))) ?? '';
}

const SPACE = /[ \t\n\r]/;
const SPACE_CODE = 0x20;
/** Where a space is a fault, by what the fault is called. */
const SPACELESS = /^in (?!string literal)|^after decimal point/;
const QUOTED: Readonly<Record<string, string>> = { "'": "'\\''", '"': `'"'` };

/** Finds where Go would stop in a text that is no JSON, and says it in Go's words. */
class JsonFault {
  private at = 0;
  private readonly source: string;

  constructor(source: string) {
    this.source = source;
  }

  message(): string {
    try {
      this.value('looking for beginning of value');
      this.space();
      if (this.at < this.source.length) this.refuse('after top-level value');
    } catch (error) {
      if (error instanceof GoError) return error.message;
      throw error;
    }
    return 'unexpected end of JSON input';
  }

  private refuse(context: string): never {
    // At the end Go tries one space more, which most places take and the middle of a word or a number does not.
    const code = this.source.codePointAt(this.at) ?? (SPACELESS.test(context) ? SPACE_CODE : undefined);
    if (code === undefined) throw new GoError('unexpected end of JSON input');
    // Go looks at bytes and prints one as if it were a character.
    const char = String.fromCharCode(utf8Encode(String.fromCodePoint(code))[0] ?? 0);
    throw new GoError(
      `invalid character ${QUOTED[char] ?? JSON.stringify(char).replace(/^"|"$/g, "'")} ${context}`,
    );
  }

  private space(): void {
    while (SPACE.test(this.source[this.at] ?? '')) this.at++;
  }

  private value(context: string): void {
    this.space();
    const char = this.source[this.at] ?? '';
    if (char === '{') this.object();
    else if (char === '[') this.array();
    else if (char === '"') this.string();
    else if (char === '-' || /\d/.test(char)) this.number();
    else if (char === 't') this.word('true');
    else if (char === 'f') this.word('false');
    else if (char === 'n') this.word('null');
    else this.refuse(context);
  }

  private word(word: string): void {
    for (const letter of word) {
      if (this.source[this.at] !== letter) this.refuse(`in literal ${word} (expecting '${letter}')`);
      this.at++;
    }
  }

  private object(): void {
    this.at++;
    this.space();
    if (this.source[this.at] === '}') {
      this.at++;
      return;
    }
    for (;;) {
      this.space();
      if (this.source[this.at] !== '"') this.refuse('looking for beginning of object key string');
      this.string();
      this.space();
      if (this.source[this.at] !== ':') this.refuse('after object key');
      this.at++;
      this.value('looking for beginning of value');
      this.space();
      if (this.source[this.at] === '}') break;
      if (this.source[this.at] !== ',') this.refuse('after object key:value pair');
      this.at++;
    }
    this.at++;
  }

  private array(): void {
    this.at++;
    this.space();
    if (this.source[this.at] === ']') {
      this.at++;
      return;
    }
    for (;;) {
      this.value('looking for beginning of value');
      this.space();
      if (this.source[this.at] === ']') break;
      if (this.source[this.at] !== ',') this.refuse('after array element');
      this.at++;
    }
    this.at++;
  }

  private string(): void {
    this.at++;
    while (this.source[this.at] !== '"') {
      const char = this.source[this.at];
      if (char === undefined || char < ' ') this.refuse('in string literal');
      if (char === '\\') {
        this.at++;
        const escape = this.source[this.at] ?? '';
        if (escape === 'u') {
          for (let n = 0; n < 4; n++) {
            this.at++;
            if (!/[0-9a-fA-F]/.test(this.source[this.at] ?? ''))
              this.refuse('in \\u hexadecimal character escape');
          }
        } else if (escape === '' || !'"\\/bfnrt'.includes(escape)) this.refuse('in string escape code');
      }
      this.at++;
    }
    this.at++;
  }

  private number(): void {
    if (this.source[this.at] === '-') this.at++;
    if (!/\d/.test(this.source[this.at] ?? '')) this.refuse('in numeric literal');
    if (this.source[this.at] === '0') this.at++;
    else this.digits();
    if (this.source[this.at] === '.') {
      this.at++;
      if (!/\d/.test(this.source[this.at] ?? '')) this.refuse('after decimal point in numeric literal');
      this.digits();
    }
    if (/[eE]/.test(this.source[this.at] ?? '')) {
      this.at++;
      if (/[+-]/.test(this.source[this.at] ?? '')) this.at++;
      if (!/\d/.test(this.source[this.at] ?? '')) this.refuse('in exponent of numeric literal');
      this.digits();
    }
  }

  private digits(): void {
    while (/\d/.test(this.source[this.at] ?? '')) this.at++;
  }
}
