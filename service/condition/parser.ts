import type { Node } from './ast.js';
import { ConditionError, type Offset } from './condition-error.js';
import type { Token } from './lexer.js';
import { OperandParser } from './operand-parser.js';

/** Deeper nesting than this would exhaust the JavaScript stack; no condition written by a person comes near. */
const MAX_DEPTH = 1_000;
/** Longer sources are refused unread. */
const MAX_SOURCE_LENGTH = 256 * 1024;

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

class Parser extends OperandParser {
  private nesting = 0;

  run(): Node {
    const node = this.sequence();
    if (this.current.kind !== 'EOF') this.unexpected();
    return node;
  }

  protected sequence(): Node {
    const at = this.current.at;
    const nodes = [this.expression(0)];
    while (this.accept('Operator', ';')) {
      if (this.is('EOF')) break;
      nodes.push(this.expression(0));
    }
    const [only] = nodes;
    return nodes.length === 1 && only !== undefined ? only : this.make({ kind: 'sequence', at, nodes });
  }

  protected expression(precedence: number): Node {
    this.nesting++;
    if (this.nesting > MAX_DEPTH) this.refuseDepth();
    const node = this.operators(precedence);
    this.nesting--;
    return node;
  }

  private refuseDepth(): never {
    throw new ConditionError(
      'budget',
      `the condition is nested more than ${MAX_DEPTH} levels deep`,
      this.source,
      this.current.at,
    );
  }

  private operators(precedence: number): Node {
    if (precedence === 0 && this.is('Operator', 'let')) return this.declaration();
    if (precedence === 0 && this.is('Operator', 'if')) return this.conditionalIf();
    const at = this.current.at;
    const node = this.binaries(at, this.primary(), precedence);
    return precedence === 0 ? this.conditional(at, node) : node;
  }

  /** The operations that follow a first operand, as far as they bind at least as strongly. */
  protected binaries(at: Offset, first: Node, precedence: number): Node {
    let left = first;
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
    return left;
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
      // Nothing may be appended to a piped call.
      return this.call(name, [left]);
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

  /** `if a { … } else if b { … } else { … }`. */
  private conditionalIf(): Node {
    const branches: { readonly at: Offset; readonly test: Node; readonly then: Node }[] = [];
    do {
      const at = this.current.at;
      this.next();
      const test = this.expression(0);
      branches.push({ at, test, then: this.block() });
      this.expect('Operator', 'else');
    } while (this.is('Operator', 'if'));
    let node = this.block();
    if (branches.length > MAX_DEPTH) this.refuseDepth();
    for (const branch of branches.reverse())
      node = this.make({ kind: 'conditional', ...branch, otherwise: node });
    return node;
  }

  protected block(): Node {
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
}
