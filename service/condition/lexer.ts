import { ConditionError, type Offset } from './condition-error.js';
import { utf8Decode } from './go/utf8.js';
import { unescapeBytes, unescapeString } from './literals.js';
import { endOfQuoted } from './quoted-literal.js';

export type TokenKind = 'Identifier' | 'Number' | 'String' | 'Bytes' | 'Operator' | 'Bracket' | 'EOF';

export interface Token {
  readonly kind: TokenKind;
  readonly value: string;
  readonly at: Offset;
  readonly end: Offset;
  /** Of a `Bytes` token, its content. */
  readonly bytes?: Uint8Array;
  /** What is wrong from here on: told only when the parser gets here, since an earlier fault comes first. */
  readonly fault?: ConditionError;
}

const WORD_OPERATORS = new Set([
  'not',
  'in',
  'or',
  'and',
  'matches',
  'contains',
  'startsWith',
  'endsWith',
  'let',
  'if',
  'else',
]);
const SPACE = /[\s\u0085]/u;
const WORD_START = /[\p{L}_$]/u;
const WORD = /[\p{L}\p{Nd}_$]/u;
/** What may follow the first character of an operator of several characters. */
const SECOND: Readonly<Record<string, string>> = {
  '|': '|',
  ':': ':',
  '?': '.?',
  '&': '&=*',
  '!': '&=*',
  '=': '&=*',
  '*': '&=*',
  '<': '&=*',
  '>': '&=*',
};
const SINGLE = new Set([',', ';', '%', '+', '-', '^']);

/** Splits a condition into tokens; the last one is the end of the text, or carries the fault that ended the splitting. */
export function tokenize(source: string): Token[] {
  return new Lexer(source).run();
}

class Lexer {
  private at = 0;
  private readonly tokens: Token[] = [];
  private readonly source: string;

  constructor(source: string) {
    this.source = source;
  }

  run(): Token[] {
    try {
      while (this.at < this.source.length) this.token();
      this.push('EOF', '', this.source.length);
    } catch (error) {
      if (!(error instanceof ConditionError)) throw error;
      this.tokens.push({ kind: 'EOF', value: '', at: this.at, end: this.at, fault: error });
    }
    return this.tokens;
  }

  private push(kind: TokenKind, value: string, at: Offset, bytes?: Uint8Array): void {
    this.tokens.push(
      bytes === undefined ? { kind, value, at, end: this.at } : { kind, value, at, end: this.at, bytes },
    );
  }

  private fail(message: string, at: Offset = this.at): never {
    throw new ConditionError('syntax', message, this.source, at);
  }

  private peek(ahead = 0): string {
    return this.source[this.at + ahead] ?? '';
  }

  /** The whole character (a code point) at the cursor. */
  private char(): string {
    const code = this.source.codePointAt(this.at);
    return code === undefined ? '' : String.fromCodePoint(code);
  }

  private token(): void {
    const start = this.at;
    const char = this.char();
    if (SPACE.test(char) && char !== '\uFEFF') {
      this.at += char.length;
      return;
    }
    if (char === '"' || char === "'") {
      const raw = this.quoted(char);
      this.push(
        'String',
        unescapeString(raw, char, (message) => this.fail(message, start)),
        start,
      );
      return;
    }
    if (char === '`') {
      this.rawString();
      return;
    }
    if (char >= '0' && char <= '9') {
      this.number();
      return;
    }
    if (char === '/') {
      this.slash();
      return;
    }
    if (char === '#') {
      this.pointer();
      return;
    }
    if (char === '.') {
      this.dot();
      return;
    }
    const second = SECOND[char];
    if (second !== undefined) {
      this.at++;
      if (this.peek() !== '' && second.includes(this.peek())) this.at++;
      this.push('Operator', this.source.slice(start, this.at), start);
      return;
    }
    if ('([{)]}'.includes(char)) {
      this.at++;
      this.push('Bracket', char, start);
      return;
    }
    if (SINGLE.has(char)) {
      this.at++;
      this.push('Operator', char, start);
      return;
    }
    if (WORD_START.test(char)) {
      this.word(char);
      return;
    }
    this.fail(`unrecognized character: ${describe(char)}`);
  }

  private word(first: string): void {
    const start = this.at;
    const quote = this.peek(1);
    if ((first === 'b' || first === 'B') && (quote === '"' || quote === "'")) {
      this.at++;
      const raw = this.quoted(quote);
      const bytes = unescapeBytes(raw, quote, (message) => this.fail(message, start));
      this.push('Bytes', utf8Decode(bytes), start, bytes);
      return;
    }
    this.absorbWord();
    const word = this.source.slice(start, this.at);
    this.push(WORD_OPERATORS.has(word) ? 'Operator' : 'Identifier', word, start);
  }

  private absorbWord(): void {
    while (this.at < this.source.length && WORD.test(this.char())) this.at += this.char().length;
  }

  /** Consumes a quoted literal and returns what stands between its quotes, escapes checked but not replaced. */
  private quoted(quote: string): string {
    const start = this.at;
    this.at = endOfQuoted(this.source, start, quote, (message, at) => this.fail(message, at));
    return this.source.slice(start + 1, this.at - 1);
  }

  /** A backtick literal: no escapes; a doubled backtick stands for one. */
  private rawString(): void {
    const start = this.at;
    this.at++;
    let value = '';
    for (;;) {
      const close = this.source.indexOf('`', this.at);
      if (close === -1) this.fail('literal not terminated', start);
      value += this.source.slice(this.at, close);
      this.at = close + 1;
      if (this.peek() !== '`') break;
      value += '`';
      this.at++;
    }
    this.push('String', value, start);
  }

  private number(start = this.at): void {
    let digits = /[0-9_]/;
    if (this.peek() === '0') {
      this.at++;
      const base = this.peek().toLowerCase();
      if (base === 'x') digits = /[0-9a-fA-F_]/;
      else if (base === 'o') digits = /[0-7_]/;
      else if (base === 'b') digits = /[01_]/;
      if ('xob'.includes(base) && base !== '') this.at++;
    }
    this.absorb(digits);
    const beforeDot = this.at;
    if (this.peek() === '.') {
      this.at++;
      // `1..3` is a range, not the number `1.` and then `.3`.
      if (this.peek() === '.') {
        this.at = beforeDot;
        this.push('Number', this.source.slice(start, this.at), start);
        return;
      }
      this.absorb(digits);
    }
    if (this.peek().toLowerCase() === 'e') {
      this.at++;
      if (this.peek() === '+' || this.peek() === '-') this.at++;
      this.absorb(digits);
    }
    if (this.at < this.source.length && WORD.test(this.char())) {
      this.at += this.char().length;
      this.fail(`bad number syntax: ${JSON.stringify(this.source.slice(start, this.at))}`, start);
    }
    this.push('Number', this.source.slice(start, this.at), start);
  }

  private absorb(allowed: RegExp): void {
    while (allowed.test(this.peek())) this.at++;
  }

  private slash(): void {
    const start = this.at;
    if (this.peek(1) === '/') {
      const newline = this.source.indexOf('\n', this.at);
      this.at = newline === -1 ? this.source.length : newline;
    } else if (this.peek(1) === '*') {
      const close = this.source.indexOf('*/', this.at + 2);
      if (close === -1) this.fail('unclosed comment', start);
      this.at = close + 2;
    } else {
      this.at++;
      this.push('Operator', '/', start);
    }
  }

  private pointer(): void {
    const sign = this.at;
    this.at += this.peek(1) === '#' ? 2 : 1;
    this.push('Operator', this.source.slice(sign, this.at), sign);
    const start = this.at;
    this.absorbWord();
    if (this.at > start) this.push('Identifier', this.source.slice(start, this.at), start);
  }

  private dot(): void {
    const start = this.at;
    if (/[0-9]/.test(this.peek(1))) {
      this.at++;
      this.number(start);
      return;
    }
    this.at += this.peek(1) === '.' ? 2 : 1;
    this.push('Operator', this.source.slice(start, this.at), start);
  }
}

/** A character as Go's `%#U` prints it. */
function describe(char: string): string {
  const code = char.codePointAt(0) ?? 0;
  const hex = `U+${code.toString(16).toUpperCase().padStart(4, '0')}`;
  return /[\p{L}\p{M}\p{N}\p{P}\p{S} ]/u.test(char) ? `${hex} '${char}'` : hex;
}
