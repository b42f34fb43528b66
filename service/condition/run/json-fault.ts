import { GoError } from '../go/go-error.js';
import { utf8Encode } from '../go/utf8.js';

/** Go's decoder takes so many levels. */
export const MAX_JSON_DEPTH = 10_000;

const SPACE = /[ \t\n\r]/;
const SPACE_CODE = 0x20;
/** Where a space is a fault, by what the fault is called. */
const SPACELESS = /^in (?!string literal)|^after decimal point/;
const QUOTED: Readonly<Record<string, string>> = { "'": "'\\''", '"': `'"'` };

const CLOSED_BY = { '[': ']', '{': '}' } as const;

/** Finds where Go would stop in a text that is no JSON, and says it in Go's words. */
export class JsonFault {
  private at = 0;
  private readonly source: string;

  constructor(source: string) {
    this.source = source;
  }

  message(): string {
    try {
      this.text();
    } catch (error) {
      if (error instanceof GoError) return error.message;
      throw error;
    }
    return 'unexpected end of JSON input';
  }

  /** Reads values one after another; what they are in is kept in a list, as it may be deep. */
  private text(): void {
    const open: ('[' | '{')[] = [];
    do {
      this.space();
      const char = this.source[this.at] ?? '';
      if (char === '[' || char === '{') {
        if (open.length >= MAX_JSON_DEPTH) this.refuse('exceeded max depth');
        open.push(char);
        this.at++;
        this.space();
        if (this.source[this.at] !== CLOSED_BY[char]) {
          if (char === '{') this.key();
          continue;
        }
      } else this.scalar(char);
      this.ends(open);
    } while (open.length > 0);
    this.space();
    if (this.at < this.source.length) this.refuse('after top-level value');
  }

  /** What follows a value: ends of what it is in, then a comma. */
  private ends(open: ('[' | '{')[]): void {
    for (let inside = open.at(-1); inside !== undefined; inside = open.at(-1)) {
      this.space();
      const char = this.source[this.at];
      if (char === ',') {
        this.at++;
        if (inside === '{') this.key();
        return;
      }
      if (char !== CLOSED_BY[inside])
        this.refuse(inside === '[' ? 'after array element' : 'after object key:value pair');
      this.at++;
      open.pop();
    }
  }

  private key(): void {
    this.space();
    if (this.source[this.at] !== '"') this.refuse('looking for beginning of object key string');
    this.string();
    this.space();
    if (this.source[this.at] !== ':') this.refuse('after object key');
    this.at++;
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

  private scalar(char: string): void {
    if (char === '"') this.string();
    else if (char === '-' || /\d/.test(char)) this.number();
    else if (char === 't') this.word('true');
    else if (char === 'f') this.word('false');
    else if (char === 'n') this.word('null');
    else this.refuse('looking for beginning of value');
  }

  private word(word: string): void {
    for (const letter of word) {
      if (this.source[this.at] !== letter) this.refuse(`in literal ${word} (expecting '${letter}')`);
      this.at++;
    }
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
