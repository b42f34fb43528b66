import type { Node } from './ast.js';
import { ConditionError, type Offset } from './condition-error.js';
import { quote } from './go/go-error.js';
import { type Token, type TokenKind, tokenize } from './lexer.js';

/** The reference's bound on the size of a condition. */
const MAX_NODES = 10_000;

type Draft = Node extends infer N ? (N extends Node ? Omit<N, 'end'> : never) : never;

/** Walks the tokens of a condition and counts the nodes made of them. */
export abstract class Cursor {
  protected readonly source: string;
  protected readonly tokens: Token[];
  protected index = 0;
  private nodes = 0;

  constructor(source: string) {
    this.source = source;
    this.tokens = tokenize(source);
  }

  protected get current(): Token {
    const token = this.tokens[this.index];
    if (token === undefined)
      throw new ConditionError('syntax', 'unexpected end of expression', this.source, this.source.length);
    if (token.fault !== undefined) throw token.fault;
    return token;
  }

  /** Throws when what stands here is no token. */
  protected refuseNoToken(): void {
    const fault = this.tokens[this.index]?.fault;
    if (fault !== undefined) throw fault;
  }

  protected next(): void {
    this.index++;
    if (this.index >= this.tokens.length) this.fail('unexpected end of expression', this.source.length);
  }

  protected is(kind: TokenKind, value?: string): boolean {
    return this.current.kind === kind && (value === undefined || this.current.value === value);
  }

  protected expect(kind: TokenKind, value?: string): void {
    if (!this.is(kind, value)) this.unexpected();
    this.next();
  }

  protected accept(kind: TokenKind, value: string): boolean {
    if (!this.is(kind, value)) return false;
    this.next();
    return true;
  }

  protected fail(message: string, at: Offset = this.current.at): never {
    throw new ConditionError('syntax', message, this.source, at);
  }

  protected unexpected(): never {
    this.fail(`unexpected token ${show(this.current)}`);
  }

  /** Counts a node. Throws `ConditionError` (syntax) when they are too many. */
  protected count(at: Offset): void {
    this.nodes++;
    if (this.nodes > MAX_NODES) this.fail('compilation failed: expression exceeds maximum allowed nodes', at);
  }

  protected make(draft: Draft): Node {
    this.count(draft.at);
    const previous = this.tokens[this.index - 1];
    return { ...draft, end: previous?.end ?? draft.at };
  }
}

/** A token as the reference prints it in `unexpected token …`. */
export function show(token: Token): string {
  return token.value === '' ? token.kind : `${token.kind}(${quote(token.value)})`;
}
