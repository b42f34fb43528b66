import type { Node } from './ast.js';
import { isBuiltin, PREDICATE_SIGNATURES } from './builtin-names.js';
import { ConditionError, type Offset } from './condition-error.js';
import { quote } from './go/go-error.js';
import { type Token, type TokenKind, tokenize } from './lexer.js';
import { numberLiteral } from './number-literal.js';

/** The reference's bound on the size of a condition. */
export const MAX_NODES = 10_000;
/** Deeper nesting than this would exhaust the JavaScript stack; no condition written by a person comes near. */
export const MAX_DEPTH = 1_000;
/** Longer sources are refused unread. */
export const MAX_SOURCE_LENGTH = 256 * 1024;

const UNARY: Readonly<Record<string, number>> = { not: 50, '!': 50, '-': 90, '+': 90 };
const BINARY: Readonly<Record<string, readonly [precedence: number, right?: 'right']>> = {
  '|': [0],
  or: [10],
  '||': [10],
  and: [15],
  '&&': [15],
  '==': [20],
  '!=': [20],
  '<': [20],
  '>': [20],
  '>=': [20],
  '<=': [20],
  in: [20],
  matches: [20],
  contains: [20],
  startsWith: [20],
  endsWith: [20],
  '..': [25],
  '+': [30],
  '-': [30],
  '*': [60],
  '/': [60],
  '%': [60],
  '**': [100, 'right'],
  '^': [100, 'right'],
  '??': [500],
};
const NEGATABLE = new Set(['in', 'matches', 'contains', 'startsWith', 'endsWith']);
const COMPARISON = new Set(['<', '>', '<=', '>=']);

/** Parses a condition. Throws `ConditionError` (syntax, or budget when it is nested too deeply). */
export function parse(source: string): Node {
  if (source.length > MAX_SOURCE_LENGTH) {
    throw new ConditionError(
      'budget',
      `the condition has ${source.length} characters, more than the ${MAX_SOURCE_LENGTH} allowed`,
    );
  }
  return new Parser(source).run();
}

type Draft = Node extends infer N ? (N extends Node ? Omit<N, 'end'> : never) : never;

class Parser {
  private readonly source: string;
  private readonly tokens: Token[];
  private index = 0;
  private nodes = 0;
  private nesting = 0;
  /** How many predicates enclose the cursor: `#` and a leading dot mean something only there. */
  private predicates = 0;

  constructor(source: string) {
    this.source = source;
    this.tokens = tokenize(source);
  }

  run(): Node {
    const node = this.sequence();
    if (this.current.kind !== 'EOF') this.unexpected();
    return node;
  }

  private get current(): Token {
    const token = this.tokens[this.index];
    if (token === undefined)
      throw new ConditionError('syntax', 'unexpected end of expression', this.source, this.source.length);
    if (token.fault !== undefined) throw token.fault;
    return token;
  }

  private next(): void {
    this.index++;
    if (this.index >= this.tokens.length) this.fail('unexpected end of expression', this.source.length);
  }

  private is(kind: TokenKind, value?: string): boolean {
    return this.current.kind === kind && (value === undefined || this.current.value === value);
  }

  private expect(kind: TokenKind, value?: string): void {
    if (!this.is(kind, value)) this.unexpected();
    this.next();
  }

  private accept(kind: TokenKind, value: string): boolean {
    if (!this.is(kind, value)) return false;
    this.next();
    return true;
  }

  private fail(message: string, at: Offset = this.current.at): never {
    throw new ConditionError('syntax', message, this.source, at);
  }

  private unexpected(): never {
    this.fail(`unexpected token ${show(this.current)}`);
  }

  private make(draft: Draft): Node {
    this.nodes++;
    if (this.nodes > MAX_NODES)
      this.fail('compilation failed: expression exceeds maximum allowed nodes', draft.at);
    const previous = this.tokens[this.index - 1];
    return { ...draft, end: previous?.end ?? draft.at };
  }

  private sequence(): Node {
    const at = this.current.at;
    const nodes = [this.expression(0)];
    while (this.accept('Operator', ';')) {
      if (this.is('EOF')) break;
      nodes.push(this.expression(0));
    }
    const [only] = nodes;
    return nodes.length === 1 && only !== undefined ? only : this.make({ kind: 'sequence', at, nodes });
  }

  private expression(precedence: number): Node {
    this.nesting++;
    if (this.nesting > MAX_DEPTH) {
      throw new ConditionError(
        'budget',
        `the condition is nested more than ${MAX_DEPTH} levels deep`,
        this.source,
        this.current.at,
      );
    }
    const node = this.operators(precedence);
    this.nesting--;
    return node;
  }

  private operators(precedence: number): Node {
    if (precedence === 0 && this.is('Operator', 'let')) return this.declaration();
    if (precedence === 0 && this.is('Operator', 'if')) return this.conditionalIf();
    const at = this.current.at;
    let left = this.primary();
    let previous = '';
    while (this.current.kind === 'Operator') {
      const following = this.tokens[this.index + 1];
      const negated =
        this.current.value === 'not' && following !== undefined && NEGATABLE.has(following.value);
      const token = negated ? following : this.current;
      if (!negated && token.value === 'not') {
        this.next();
        this.unexpected();
      }
      const operator = BINARY[token.value];
      if (operator === undefined || operator[0] < precedence) break;
      this.next();
      if (negated) this.next();
      left = this.binary(at, left, token, operator, previous, negated);
      previous = token.value;
    }
    return precedence === 0 ? this.conditional(at, left) : left;
  }

  private binary(
    at: Offset,
    left: Node,
    token: Token,
    [level, side]: readonly [number, 'right'?],
    previous: string,
    negated: boolean,
  ): Node {
    if (token.value === '|') {
      const name = this.current;
      this.expect('Identifier');
      return this.postfix(at, this.call(name, [left]));
    }
    if (previous === '??' && token.value !== '??') {
      this.fail(
        `Operator (${token.value}) and coalesce expressions (??) cannot be mixed. Wrap either by parentheses.`,
        token.at,
      );
    }
    if (COMPARISON.has(token.value)) return this.comparison(at, left, token, level);
    const right = this.expression(side === 'right' ? level : level + 1);
    const node = this.make({ kind: 'binary', at, operator: token.value, left, right, operatorAt: token.at });
    return negated ? this.make({ kind: 'unary', at, operator: 'not', operand: node }) : node;
  }

  /** `a < b < c` means `a < b && b < c`. */
  private comparison(at: Offset, first: Node, firstToken: Token, level: number): Node {
    let left = first;
    let token = firstToken;
    let root: Node | undefined;
    for (;;) {
      const right = this.expression(level + 1);
      const compared = this.make({
        kind: 'binary',
        at,
        operator: token.value,
        left,
        right,
        operatorAt: token.at,
      });
      root =
        root === undefined
          ? compared
          : this.make({
              kind: 'binary',
              at,
              operator: '&&',
              left: root,
              right: compared,
              operatorAt: token.at,
            });
      left = right;
      token = this.current;
      if (token.kind !== 'Operator' || !COMPARISON.has(token.value)) return root;
      this.next();
    }
  }

  private conditional(at: Offset, test: Node): Node {
    let node = test;
    while (this.accept('Operator', '?')) {
      let then = node;
      if (!this.accept('Operator', ':')) {
        then = this.expression(0);
        this.expect('Operator', ':');
      }
      const otherwise = this.expression(0);
      node = this.make({ kind: 'conditional', at, test: node, then, otherwise });
    }
    return node;
  }

  private conditionalIf(): Node {
    const at = this.current.at;
    this.next();
    const test = this.expression(0);
    const then = this.block();
    this.expect('Operator', 'else');
    const otherwise = this.is('Operator', 'if') ? this.conditionalIf() : this.block();
    return this.make({ kind: 'conditional', at, test, then, otherwise });
  }

  private block(): Node {
    this.expect('Bracket', '{');
    const node = this.sequence();
    this.expect('Bracket', '}');
    return node;
  }

  private declaration(): Node {
    const at = this.current.at;
    this.next();
    const name = this.current;
    this.expect('Identifier');
    this.expect('Operator', '=');
    const value = this.expression(0);
    this.expect('Operator', ';');
    const body = this.sequence();
    return this.make({ kind: 'let', at, name: name.value, value, body, nameAt: name.at });
  }

  private primary(): Node {
    const token = this.current;
    if (token.kind === 'Operator') {
      const precedence = UNARY[token.value];
      if (precedence !== undefined) {
        this.next();
        const operand = this.expression(precedence);
        return this.postfix(
          token.at,
          this.make({ kind: 'unary', at: token.at, operator: token.value, operand }),
        );
      }
    }
    if (this.accept('Bracket', '(')) {
      const inner = this.sequence();
      this.expect('Bracket', ')');
      return this.postfix(token.at, inner);
    }
    if (this.predicates > 0 && token.kind === 'Operator' && (token.value === '#' || token.value === '.')) {
      return this.postfix(token.at, this.pointer(token));
    }
    if (this.accept('Operator', '::')) {
      const name = this.current;
      this.expect('Identifier');
      return this.postfix(token.at, this.call(name, []));
    }
    return this.secondary();
  }

  private pointer(token: Token): Node {
    let name = '';
    if (token.value === '#') {
      this.next();
      // `#acc` only when nothing stands between the two.
      if (this.current.kind === 'Identifier' && this.current.at === token.end) {
        name = this.current.value;
        this.next();
      }
    }
    return this.make({ kind: 'pointer', at: token.at, name });
  }

  private secondary(): Node {
    const token = this.current;
    switch (token.kind) {
      case 'Identifier':
        this.next();
        if (token.value === 'true' || token.value === 'false') {
          return this.make({ kind: 'bool', at: token.at, value: token.value === 'true' });
        }
        if (token.value === 'nil') return this.make({ kind: 'nil', at: token.at });
        return this.postfix(
          token.at,
          this.is('Bracket', '(')
            ? this.call(token, [])
            : this.make({ kind: 'identifier', at: token.at, name: token.value }),
        );
      case 'Number': {
        this.next();
        const literal = numberLiteral(token.value, (message) => this.fail(message, token.at));
        // A number takes no postfix: `1..5[0]` is an error, not an index.
        return literal.kind === 'int'
          ? this.make({ kind: 'int', at: token.at, value: literal.value })
          : this.make({ kind: 'float', at: token.at, value: literal.value });
      }
      case 'String':
        this.next();
        return this.postfix(token.at, this.make({ kind: 'string', at: token.at, value: token.value }));
      case 'Bytes':
        this.next();
        return this.postfix(
          token.at,
          this.make({ kind: 'bytes', at: token.at, value: token.bytes ?? new Uint8Array() }),
        );
      case 'Bracket':
        if (token.value === '[') return this.postfix(token.at, this.array());
        if (token.value === '{') return this.postfix(token.at, this.map());
        return this.unexpected();
      case 'Operator':
      case 'EOF':
        return this.unexpected();
    }
  }

  private call(name: Token, piped: readonly Node[]): Node {
    const signature = PREDICATE_SIGNATURES[name.value];
    if (signature !== undefined) {
      const args = this.predicateArguments(signature, piped);
      return this.make({ kind: 'builtin', at: name.at, name: name.value, args });
    }
    if (isBuiltin(name.value)) {
      const args = this.arguments(piped);
      return this.make({ kind: 'builtin', at: name.at, name: name.value, args });
    }
    const callee = this.make({ kind: 'identifier', at: name.at, name: name.value });
    const args = this.arguments(piped);
    return this.make({ kind: 'call', at: name.at, callee, args });
  }

  private predicateArguments(signature: readonly string[], piped: readonly Node[]): Node[] {
    this.expect('Bracket', '(');
    const args = [...piped];
    const rest = signature.slice(piped.length);
    for (const [index, parameter] of rest.entries()) {
      if (this.is('Bracket', ')')) {
        if (parameter.endsWith('?')) break;
        this.fail(`expected at least ${rest.length} arguments`);
      }
      if (index > 0) this.expect('Operator', ',');
      args.push(parameter.startsWith('predicate') ? this.predicate() : this.expression(0));
    }
    this.accept('Operator', ',');
    this.expect('Bracket', ')');
    return args;
  }

  private predicate(): Node {
    this.predicates++;
    const node = this.is('Bracket', '{') ? this.block() : this.expression(0);
    if (this.is('Operator', ';')) this.fail('wrap predicate with brackets { and }');
    this.predicates--;
    return node;
  }

  private arguments(piped: readonly Node[]): Node[] {
    const args = [...piped];
    const first = args.length;
    this.expect('Bracket', '(');
    while (!this.is('Bracket', ')')) {
      if (args.length > first) this.expect('Operator', ',');
      if (args.length > first && this.is('Bracket', ')')) break;
      args.push(this.expression(0));
    }
    this.expect('Bracket', ')');
    return args;
  }

  private array(): Node {
    const at = this.current.at;
    const items: Node[] = [];
    this.expect('Bracket', '[');
    while (!this.is('Bracket', ']')) {
      if (items.length > 0) {
        this.expect('Operator', ',');
        if (this.is('Bracket', ']')) break;
      }
      items.push(this.expression(0));
    }
    this.expect('Bracket', ']');
    return this.make({ kind: 'array', at, items });
  }

  private map(): Node {
    const at = this.current.at;
    const pairs: { key: Node; value: Node }[] = [];
    this.expect('Bracket', '{');
    while (!this.is('Bracket', '}')) {
      if (pairs.length > 0) {
        this.expect('Operator', ',');
        if (this.is('Bracket', '}')) break;
        if (this.is('Operator', ',')) this.unexpected();
      }
      const key = this.mapKey();
      this.expect('Operator', ':');
      pairs.push({ key, value: this.expression(0) });
    }
    this.expect('Bracket', '}');
    return this.make({ kind: 'map', at, pairs });
  }

  private mapKey(): Node {
    const token = this.current;
    if (token.kind === 'Number' || token.kind === 'String' || token.kind === 'Identifier') {
      this.next();
      return this.make({ kind: 'string', at: token.at, value: token.value });
    }
    if (this.is('Bracket', '(')) return this.expression(0);
    return this.fail(
      `a map key must be a quoted string, a number, a identifier, or an expression enclosed in parentheses (unexpected token ${show(token)})`,
    );
  }

  private postfix(at: Offset, start: Node): Node {
    let node = start;
    for (;;) {
      if (this.is('Operator', '.') || this.is('Operator', '?.')) node = this.member(at, node);
      else if (this.is('Bracket', '[')) node = this.index_(at, node, false);
      else return node;
    }
  }

  private member(at: Offset, object: Node): Node {
    const optional = this.current.value === '?.';
    this.next();
    const property = this.current;
    if (optional && this.is('Bracket', '[')) return this.index_(at, object, true);
    this.next();
    if (property.kind !== 'Identifier' && !(property.kind === 'Operator' && /^\w+$/.test(property.value))) {
      this.fail('expected name', property.at);
    }
    const inChain = object.kind === 'chain';
    const base = object.kind === 'chain' ? object.inner : object;
    const name = this.make({ kind: 'string', at: property.at, value: property.value });
    const method = this.is('Bracket', '(');
    let node = this.make({
      kind: 'member',
      at,
      object: base,
      property: name,
      optional,
      method,
      propertyAt: property.at,
    });
    if (method) {
      const args = this.arguments([]);
      node = this.make({ kind: 'call', at, callee: node, args });
    }
    return inChain || optional ? this.make({ kind: 'chain', at, inner: node }) : node;
  }

  /** `[i]` and `[from:to]`, either end optional. */
  private index_(at: Offset, object: Node, optional: boolean): Node {
    const propertyAt = this.current.at;
    this.next();
    if (this.accept('Operator', ':')) return this.sliceEnd(at, object, undefined);
    const from = this.expression(0);
    if (this.accept('Operator', ':')) return this.sliceEnd(at, object, from);
    this.expect('Bracket', ']');
    const node = this.make({
      kind: 'member',
      at,
      object,
      property: from,
      optional,
      method: false,
      propertyAt,
    });
    return optional ? this.make({ kind: 'chain', at, inner: node }) : node;
  }

  private sliceEnd(at: Offset, object: Node, from: Node | undefined): Node {
    const to = this.is('Bracket', ']') ? undefined : this.expression(0);
    this.expect('Bracket', ']');
    return this.make({
      kind: 'slice',
      at,
      object,
      ...(from === undefined ? {} : { from }),
      ...(to === undefined ? {} : { to }),
    });
  }
}

/** A token as the reference prints it in `unexpected token …`. */
function show(token: Token): string {
  return token.value === '' ? token.kind : `${token.kind}(${quote(token.value)})`;
}
