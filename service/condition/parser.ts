import type { Node } from './ast.js';
import { ConditionError, type Offset } from './condition-error.js';
import type { Token } from './lexer.js';
import { descend } from './descend.js';
import { OperandParser, type Parsing } from './operand-parser.js';

/**
 * The reference has no such bound: it takes what has no more nodes than it allows. Brackets around brackets have none,
 * and are bounded here.
 */
const MAX_DEPTH = 25_000;
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
    const node = descend<number | undefined, Node>(undefined, (precedence) =>
      precedence === undefined ? this.sequence() : this.expression(precedence),
    );
    if (this.current.kind !== 'EOF') this.unexpected();
    return node;
  }

  protected *sequence(): Parsing {
    const at = this.current.at;
    const nodes = [yield 0];
    while (this.accept('Operator', ';')) {
      if (this.is('EOF')) break;
      nodes.push(yield 0);
    }
    const [only] = nodes;
    return nodes.length === 1 && only !== undefined ? only : this.make({ kind: 'sequence', at, nodes });
  }

  private *expression(precedence: number): Parsing {
    this.nesting++;
    if (this.nesting > MAX_DEPTH) this.refuseDepth();
    const node = yield* this.operators(precedence);
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

  private *operators(precedence: number): Parsing {
    if (precedence === 0 && this.is('Operator', 'let')) return yield* this.declaration();
    if (precedence === 0 && this.is('Operator', 'if')) return yield* this.conditionalIf();
    const at = this.current.at;
    const node = yield* this.binaries(at, yield* this.primary(), precedence);
    return precedence === 0 ? yield* this.conditional(at, node) : node;
  }

  /** The operations that follow a first operand, as far as they bind at least as strongly. */
  protected *binaries(at: Offset, first: Node, precedence: number): Parsing {
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
      left = yield* this.binary(at, left, token, operator, previous, negated);
      previous = token.value;
    }
    return left;
  }

  private *binary(
    at: Offset,
    left: Node,
    token: Token,
    [level, side]: readonly [number, 'right'?],
    previous: string,
    negated: boolean,
  ): Parsing {
    if (token.value === '|') {
      const name = this.current;
      this.expect('Identifier');
      // Nothing may be appended to a piped call.
      return yield* this.call(name, [left]);
    }
    if (previous === '??' && token.value !== '??') {
      this.fail(
        `Operator (${token.value}) and coalesce expressions (??) cannot be mixed. Wrap either by parentheses.`,
        token.at,
      );
    }
    if (COMPARISON.has(token.value)) return yield* this.comparison(at, left, token, level);
    const right = yield side === 'right' ? level : level + 1;
    const node = this.make({ kind: 'binary', at, operator: token.value, left, right, operatorAt: token.at });
    return negated ? this.make({ kind: 'unary', at, operator: 'not', operand: node }) : node;
  }

  /** `a < b < c` means `a < b && b < c`. */
  private *comparison(at: Offset, first: Node, firstToken: Token, level: number): Parsing {
    let left = first;
    let token = firstToken;
    let root: Node | undefined;
    for (;;) {
      const right = yield level + 1;
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

  private *conditional(at: Offset, test: Node): Parsing {
    let node = test;
    while (this.accept('Operator', '?')) {
      let then = node;
      if (!this.accept('Operator', ':')) {
        then = yield 0;
        this.expect('Operator', ':');
      }
      const otherwise = yield 0;
      node = this.make({ kind: 'conditional', at, test: node, then, otherwise });
    }
    return node;
  }

  /** `if a { … } else if b { … } else { … }`. */
  private *conditionalIf(): Parsing {
    const branches: { readonly at: Offset; readonly test: Node; readonly then: Node }[] = [];
    do {
      const at = this.current.at;
      this.next();
      const test = yield 0;
      branches.push({ at, test, then: yield* this.block() });
      this.expect('Operator', 'else');
    } while (this.is('Operator', 'if'));
    let node = yield* this.block();
    if (branches.length > MAX_DEPTH) this.refuseDepth();
    for (const branch of branches.reverse())
      node = this.make({ kind: 'conditional', ...branch, otherwise: node });
    return node;
  }

  protected *block(): Parsing {
    this.expect('Bracket', '{');
    const node = yield* this.sequence();
    this.expect('Bracket', '}');
    return node;
  }

  private *declaration(): Parsing {
    const at = this.current.at;
    this.next();
    const name = this.current;
    this.expect('Identifier');
    this.expect('Operator', '=');
    const value = yield 0;
    this.expect('Operator', ';');
    const body = yield* this.sequence();
    return this.make({ kind: 'let', at, name: name.value, value, body, nameAt: name.at });
  }
}
