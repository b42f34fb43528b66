import type { Node } from './ast.js';
import { isBuiltin, PREDICATE_SIGNATURES } from './builtin-names.js';
import type { Offset } from './condition-error.js';
import { Cursor, show } from './cursor.js';
import type { Token } from './lexer.js';
import { numberLiteral } from './number-literal.js';

/** The operators before an operand, with their precedence. */
const UNARY: Readonly<Record<string, number>> = { not: 50, '!': 50, '-': 90, '+': 90 };

/** Parses what stands between binary operators: literals, names, calls, lists, and what follows them (`.a`, `[0]`). */
export abstract class OperandParser extends Cursor {
  /** How many predicates enclose the cursor: `#` and a leading dot mean something only there. */
  private predicates = 0;

  protected abstract expression(precedence: number): Node;
  protected abstract binaries(at: Offset, first: Node, precedence: number): Node;
  protected abstract sequence(): Node;
  protected abstract block(): Node;

  /** An operand with the signs before it. A chain of signs may be as long as a condition: no recursion. */
  protected primary(): Node {
    const signs: { readonly token: Token; readonly precedence: number }[] = [];
    for (;;) {
      const token = this.current;
      const precedence = token.kind === 'Operator' ? UNARY[token.value] : undefined;
      if (precedence === undefined) break;
      signs.push({ token, precedence });
      this.next();
    }
    let at = this.current.at;
    let node = this.operand();
    for (let sign = signs.pop(); sign !== undefined; sign = signs.pop()) {
      const operand = this.binaries(at, node, sign.precedence);
      at = sign.token.at;
      node = this.postfix(at, this.make({ kind: 'unary', at, operator: sign.token.value, operand }));
    }
    return node;
  }

  private operand(): Node {
    const token = this.current;
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
      if (this.current.kind === 'Identifier') {
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

  protected call(name: Token, piped: readonly Node[]): Node {
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

  protected postfix(at: Offset, start: Node): Node {
    let node = start;
    for (;;) {
      if (this.is('Operator', '.') || this.is('Operator', '?.')) node = this.member(at, node);
      else if (this.is('Bracket', '[')) node = this.bracket(at, node, false);
      else return node;
    }
  }

  private member(at: Offset, object: Node): Node {
    const optional = this.current.value === '?.';
    this.next();
    const property = this.current;
    if (optional && this.is('Bracket', '[')) return this.bracket(at, object, true);
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
  private bracket(at: Offset, object: Node, optional: boolean): Node {
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
