import type { Node } from './ast.js';
import { isBuiltin, PREDICATE_SIGNATURES } from './builtin-names.js';
import type { Offset } from './condition-error.js';
import type { Descent } from './descend.js';
import { Cursor, show } from './cursor.js';
import type { Token } from './lexer.js';
import { numberLiteral } from './number-literal.js';

/** The operators before an operand, with their precedence. */
const UNARY: Readonly<Record<string, number>> = { not: 50, '!': 50, '-': 90, '+': 90 };

/** A part of a condition being parsed: it asks for an expression by yielding the precedence that it has to bind with. */
export type Parsing = Descent<number | undefined, Node>;
type ArgumentParsing = Generator<number | undefined, Node[], Node>;

/** Parses what stands between binary operators: literals, names, calls, lists, and what follows them (`.a`, `[0]`). */
export abstract class OperandParser extends Cursor {
  /** How many predicates enclose the cursor: `#` and a leading dot mean something only there. */
  private predicates = 0;

  protected abstract binaries(at: Offset, first: Node, precedence: number): Parsing;
  protected abstract sequence(): Parsing;
  protected abstract block(): Parsing;

  /** An operand with the signs before it. A chain of signs may be as long as a condition: no recursion. */
  protected *primary(): Parsing {
    const signs: { readonly token: Token; readonly precedence: number }[] = [];
    for (;;) {
      const token = this.current;
      const precedence = token.kind === 'Operator' ? UNARY[token.value] : undefined;
      if (precedence === undefined) break;
      signs.push({ token, precedence });
      this.next();
    }
    let at = this.current.at;
    let node = yield* this.operand();
    for (let sign = signs.pop(); sign !== undefined; sign = signs.pop()) {
      const operand = yield* this.binaries(at, node, sign.precedence);
      at = sign.token.at;
      node = yield* this.postfix(at, this.make({ kind: 'unary', at, operator: sign.token.value, operand }));
    }
    return node;
  }

  private *operand(): Parsing {
    const token = this.current;
    if (this.accept('Bracket', '(')) {
      const inner = yield* this.sequence();
      this.expect('Bracket', ')');
      return yield* this.postfix(token.at, inner);
    }
    if (this.predicates > 0 && token.kind === 'Operator' && (token.value === '#' || token.value === '.')) {
      return yield* this.postfix(token.at, this.pointer(token));
    }
    if (this.accept('Operator', '::')) {
      const name = this.current;
      this.expect('Identifier');
      return yield* this.postfix(token.at, yield* this.call(name, []));
    }
    return yield* this.secondary();
  }

  private pointer(token: Token): Node {
    let name = '';
    if (token.value === '#') {
      this.next();
      if (this.current.kind === 'Identifier') {
        name = this.current.value;
        this.next();
      }
    }
    return this.make({ kind: 'pointer', at: token.at, name });
  }

  private *secondary(): Parsing {
    const token = this.current;
    switch (token.kind) {
      case 'Identifier':
        this.next();
        if (token.value === 'true' || token.value === 'false') {
          return this.make({ kind: 'bool', at: token.at, value: token.value === 'true' });
        }
        if (token.value === 'nil') return this.make({ kind: 'nil', at: token.at });
        return yield* this.postfix(
          token.at,
          this.is('Bracket', '(')
            ? yield* this.call(token, [])
            : this.make({ kind: 'identifier', at: token.at, name: token.value }),
        );
      case 'Number': {
        this.next();
        // Told before what is wrong with the number, as in the reference.
        this.refuseNoToken();
        const literal = numberLiteral(token.value, (message) => this.fail(message, token.at));
        // A number takes no postfix: `1..5[0]` is an error, not an index.
        return literal.kind === 'int'
          ? this.make({ kind: 'int', at: token.at, value: literal.value })
          : this.make({ kind: 'float', at: token.at, value: literal.value });
      }
      case 'String':
        this.next();
        return yield* this.postfix(token.at, this.make({ kind: 'string', at: token.at, value: token.value }));
      case 'Bytes':
        this.next();
        return yield* this.postfix(
          token.at,
          this.make({ kind: 'bytes', at: token.at, value: token.bytes ?? new Uint8Array() }),
        );
      case 'Bracket':
        if (token.value === '[') return yield* this.postfix(token.at, yield* this.array());
        if (token.value === '{') return yield* this.postfix(token.at, yield* this.map());
        return this.unexpected();
      case 'Operator':
      case 'EOF':
        return this.unexpected();
    }
  }

  protected *call(name: Token, piped: readonly Node[]): Parsing {
    const signature = PREDICATE_SIGNATURES[name.value];
    if (signature !== undefined) {
      const args = yield* this.predicateArguments(signature, piped);
      return this.make({ kind: 'builtin', at: name.at, name: name.value, args });
    }
    if (isBuiltin(name.value)) {
      const args = yield* this.arguments(piped);
      return this.make({ kind: 'builtin', at: name.at, name: name.value, args });
    }
    const callee = this.make({ kind: 'identifier', at: name.at, name: name.value });
    const args = yield* this.arguments(piped);
    return this.make({ kind: 'call', at: name.at, callee, args });
  }

  private *predicateArguments(signature: readonly string[], piped: readonly Node[]): ArgumentParsing {
    this.expect('Bracket', '(');
    const args = [...piped];
    const rest = signature.slice(piped.length);
    for (const [index, parameter] of rest.entries()) {
      if (this.is('Bracket', ')')) {
        if (parameter.endsWith('?')) break;
        this.fail(`expected at least ${rest.length} arguments`);
      }
      if (index > 0) this.expect('Operator', ',');
      args.push(parameter.startsWith('predicate') ? yield* this.predicate() : yield 0);
    }
    this.accept('Operator', ',');
    this.expect('Bracket', ')');
    return args;
  }

  private *predicate(): Parsing {
    const { at } = this.current;
    this.predicates++;
    const node = this.is('Bracket', '{') ? yield* this.block() : yield 0;
    if (this.is('Operator', ';')) this.fail('wrap predicate with brackets { and }');
    this.predicates--;
    // The reference has a node for the predicate itself, and one for each pair of a map.
    this.count(at);
    return node;
  }

  private *arguments(piped: readonly Node[]): ArgumentParsing {
    const args = [...piped];
    const first = args.length;
    this.expect('Bracket', '(');
    while (!this.is('Bracket', ')')) {
      if (args.length > first) this.expect('Operator', ',');
      if (args.length > first && this.is('Bracket', ')')) break;
      args.push(yield 0);
    }
    this.expect('Bracket', ')');
    return args;
  }

  private *array(): Parsing {
    const at = this.current.at;
    const items: Node[] = [];
    this.expect('Bracket', '[');
    while (!this.is('Bracket', ']')) {
      if (items.length > 0) {
        this.expect('Operator', ',');
        if (this.is('Bracket', ']')) break;
      }
      items.push(yield 0);
    }
    this.expect('Bracket', ']');
    return this.make({ kind: 'array', at, items });
  }

  private *map(): Parsing {
    const at = this.current.at;
    const pairs: { key: Node; value: Node }[] = [];
    this.expect('Bracket', '{');
    while (!this.is('Bracket', '}')) {
      if (pairs.length > 0) {
        this.expect('Operator', ',');
        if (this.is('Bracket', '}')) break;
        if (this.is('Operator', ',')) this.unexpected();
      }
      const key = yield* this.mapKey();
      this.expect('Operator', ':');
      pairs.push({ key, value: yield 0 });
      this.count(key.at);
    }
    this.expect('Bracket', '}');
    return this.make({ kind: 'map', at, pairs });
  }

  private *mapKey(): Parsing {
    const token = this.current;
    if (token.kind === 'Number' || token.kind === 'String' || token.kind === 'Identifier') {
      this.next();
      return this.make({ kind: 'string', at: token.at, value: token.value });
    }
    if (this.is('Bracket', '(')) return yield 0;
    return this.fail(
      `a map key must be a quoted string, a number, a identifier, or an expression enclosed in parentheses (unexpected token ${show(token)})`,
    );
  }

  protected *postfix(at: Offset, start: Node): Parsing {
    let node = start;
    for (;;) {
      if (this.is('Operator', '.') || this.is('Operator', '?.')) node = yield* this.member(at, node);
      else if (this.is('Bracket', '[')) node = yield* this.bracket(at, node, false);
      else return node;
    }
  }

  private *member(at: Offset, object: Node): Parsing {
    const optional = this.current.value === '?.';
    this.next();
    const property = this.current;
    if (optional && this.is('Bracket', '[')) return yield* this.bracket(at, object, true);
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
      const args = yield* this.arguments([]);
      node = this.make({ kind: 'call', at, callee: node, args });
    }
    return inChain || optional ? this.make({ kind: 'chain', at, inner: node }) : node;
  }

  /** `[i]` and `[from:to]`, either end optional. */
  private *bracket(at: Offset, object: Node, optional: boolean): Parsing {
    const propertyAt = this.current.at;
    this.next();
    if (this.accept('Operator', ':')) return yield* this.sliceEnd(at, object, undefined);
    const from = yield 0;
    if (this.accept('Operator', ':')) return yield* this.sliceEnd(at, object, from);
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

  private *sliceEnd(at: Offset, object: Node, from: Node | undefined): Parsing {
    const to = this.is('Bracket', ']') ? undefined : yield 0;
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
