import type { BinaryNode, BuiltinNode, CallNode, MemberNode, Node, SliceNode } from './ast.js';
import { CONDITION_FUNCTIONS, isBuiltin } from './builtin-names.js';
import { builtinType, checkArguments, type Checked } from './builtin-types.js';
import { ConditionError, type Offset } from './condition-error.js';
import { leftSpine } from './left-spine.js';
import { builtinSignature } from './builtin-signatures.js';
import { methodType } from './method-types.js';
import { compileRegex } from './go/regex.js';
import {
  ANY,
  ARRAY,
  argumentName,
  arrayOf,
  BOOL,
  comparable,
  DURATION,
  FLOAT,
  type FunctionType,
  GROUPS,
  INT,
  isArray,
  isBool,
  isDuration,
  isFloat,
  isInteger,
  isNil,
  isNumber,
  isString,
  isTime,
  isUnknown,
  MAP,
  maybe,
  NIL,
  sliceOf,
  STRING,
  TIME,
  type Type,
  UINT8,
  UNKNOWN,
} from './types.js';

/** The names a condition may use beside the language's own, with their types. */
export type Environment = ReadonlyMap<string, Type>;

/** The checked condition: the type of every node. */
export interface CheckedCondition {
  readonly type: Type;
  readonly types: ReadonlyMap<Node, Type>;
}

const LANGUAGE_FUNCTION: FunctionType = {
  kind: 'function',
  name: 'func(...interface {}) (interface {}, error)',
  parameters: [],
  required: 0,
  result: UNKNOWN,
};

/** Checks the types of a condition as the reference does. Throws `ConditionError` (type) at the first fault. */
export function check(source: string, root: Node, environment: Environment): CheckedCondition {
  const checker = new Checker(source, environment);
  return { type: checker.visit(root), types: checker.types };
}

class Checker {
  readonly types = new Map<Node, Type>();
  private readonly scopes: { readonly name: string; readonly type: Type }[] = [];
  private readonly predicates: {
    readonly element: Type;
    readonly accumulator: boolean;
    readonly index: boolean;
  }[] = [];
  private readonly source: string;
  private readonly environment: Environment;

  constructor(source: string, environment: Environment) {
    this.source = source;
    this.environment = environment;
  }

  /** The type of a node; it is checked when it is first asked for. */
  visit(node: Node): Type {
    for (const part of leftSpine(node, this.isKnown)) this.visitOne(part);
    return this.visitOne(node);
  }

  private readonly isKnown = (node: Node): boolean => this.types.has(node);

  private visitOne(node: Node): Type {
    let type = this.types.get(node);
    if (type === undefined) {
      type = this.typeOf(node);
      this.types.set(node, type);
    }
    return type;
  }

  private fail(message: string, at: Offset): never {
    throw new ConditionError('type', message, this.source, at);
  }

  private typeOf(node: Node): Type {
    switch (node.kind) {
      case 'nil':
        return NIL;
      case 'bool':
        return BOOL;
      case 'int':
        return INT;
      case 'float':
        return FLOAT;
      case 'string':
        return STRING;
      case 'bytes':
        return sliceOf(UINT8);
      case 'identifier':
        return this.identifier(node.name, node.at);
      case 'pointer':
        return this.pointer(node.name, node.at);
      case 'unary':
        return this.unary(node.operator, this.visit(node.operand), node.at);
      case 'binary':
        return this.binary(node);
      case 'conditional': {
        const test = this.visit(node.test);
        if (!isBool(test) && !isUnknown(test))
          this.fail(`non-bool expression (type ${test.name}) used as condition`, node.test.at);
        return chosen(this.visit(node.then), this.visit(node.otherwise));
      }
      case 'member':
        return this.member(node);
      case 'chain':
        return this.visit(node.inner);
      case 'slice':
        return this.slice(node);
      case 'call':
        return this.call(node);
      case 'builtin':
        return this.builtin(node);
      case 'array':
        return this.array(node.items);
      case 'map':
        for (const pair of node.pairs) {
          this.visit(pair.key);
          this.visit(pair.value);
        }
        return MAP;
      case 'sequence': {
        let last = NIL;
        for (const inner of node.nodes) last = this.visit(inner);
        return last;
      }
      case 'let': {
        if (isBuiltin(node.name)) this.fail(`cannot redeclare builtin ${node.name}`, node.nameAt);
        if (this.environment.has(node.name) && !isStatistic(node.name))
          this.fail(`cannot redeclare ${node.name}`, node.nameAt);
        if (this.scopes.some((scope) => scope.name === node.name))
          this.fail(`cannot redeclare variable ${node.name}`, node.nameAt);
        const value = this.visit(node.value);
        this.scopes.push({ name: node.name, type: value });
        const body = this.visit(node.body);
        this.scopes.pop();
        return body;
      }
    }
  }

  private identifier(name: string, at: Offset): Type {
    const variable = this.scopes.findLast((scope) => scope.name === name);
    if (variable !== undefined) return variable.type;
    if (name === '$env') return UNKNOWN;
    const known = this.environment.get(name);
    if (known !== undefined) return known;
    if (isBuiltin(name)) return { ...LANGUAGE_FUNCTION, name: builtinSignature(name) };
    this.fail(`unknown name ${name}`, at);
  }

  private pointer(name: string, at: Offset): Type {
    const scope = this.predicates.at(-1);
    if (scope === undefined) this.fail('cannot use pointer accessor outside predicate', at);
    if (name === '') return scope.element;
    if (name === 'index' && scope.index) return INT;
    if (name === 'acc' && scope.accumulator) return UNKNOWN;
    this.fail(`unknown pointer #${name}`, at);
  }

  private unary(operator: string, operand: Type, at: Offset): Type {
    const negation = operator === '!' || operator === 'not';
    if (negation ? isBool(operand) || isUnknown(operand) : isNumber(operand) || isUnknown(operand)) {
      if (negation) return BOOL;
      return isUnknown(operand) ? UNKNOWN : operand;
    }
    this.fail(`invalid operation: ${operator} (mismatched type ${operand.name})`, at);
  }

  private binary(node: BinaryNode): Type {
    const left = this.visit(node.left);
    const right = this.visit(node.right);
    const type = this.operation(node, left, right);
    if (type !== undefined) return type;
    this.fail(
      `invalid operation: ${node.operator} (mismatched types ${left.name} and ${right.name})`,
      node.operatorAt,
    );
  }

  /** The type of an operation, or undefined when its operands do not fit. */
  private operation(node: BinaryNode, left: Type, right: Type): Type | undefined {
    switch (node.operator) {
      case '==':
      case '!=':
        return comparable(left, right) ? BOOL : undefined;
      case 'or':
      case '||':
      case 'and':
      case '&&':
        return both(isBool, left, right) || maybe(left, right, isBool) ? BOOL : undefined;
      case '<':
      case '>':
      case '<=':
      case '>=':
        return ordered(left, right) ? BOOL : undefined;
      case '-':
        if (both(isNumber, left, right)) return combined(left, right);
        if (both(isTime, left, right) || both(isDuration, left, right)) return DURATION;
        if (isTime(left) && isDuration(right)) return TIME;
        return maybe(left, right, isNumber, isTime, isDuration) ? UNKNOWN : undefined;
      case '*':
        if (both(isNumber, left, right)) return combined(left, right);
        // Of a float factor too, although it is a float64 when it runs.
        if (isNumber(left) && isDuration(right)) return DURATION;
        if (isDuration(left) && (isNumber(right) || isDuration(right))) return DURATION;
        return maybe(left, right, isNumber, isDuration) ? UNKNOWN : undefined;
      case '/':
      case '**':
      case '^':
        return both(isNumber, left, right) || maybe(left, right, isNumber) ? FLOAT : undefined;
      case '%':
        return both(isInteger, left, right) || maybe(left, right, isInteger) ? INT : undefined;
      case '+':
        if (both(isNumber, left, right)) return combined(left, right);
        if (both(isString, left, right)) return STRING;
        if ((isTime(left) && isDuration(right)) || (isDuration(left) && isTime(right))) return TIME;
        if (both(isDuration, left, right)) return DURATION;
        return maybe(left, right, isNumber, isString, isTime, isDuration) ? UNKNOWN : undefined;
      case 'in':
        return this.membership(node, left, right);
      case 'matches':
        if (node.right.kind === 'string') this.pattern(node.right.value, node.right.at);
        return both(isString, left, right) ||
          (isBytes(left) && isString(right)) ||
          maybe(left, right, isString)
          ? BOOL
          : undefined;
      case 'contains':
      case 'startsWith':
      case 'endsWith':
        return both(isString, left, right) || maybe(left, right, isString) ? BOOL : undefined;
      case '..':
        return both(isInteger, left, right) || maybe(left, right, isInteger) ? arrayOf(INT) : undefined;
      case '??':
        if (!isUnknown(left)) return either(left, right);
        return right.kind === 'unknown' && right.name === UNKNOWN.name ? UNKNOWN : left;
      default:
        this.fail(`unknown operator (${node.operator})`, node.operatorAt);
    }
  }

  private membership(node: BinaryNode, left: Type, right: Type): Type | undefined {
    if (
      (isString(left) || isUnknown(left)) &&
      (right.kind === 'struct' || right.kind === 'time' || right.kind === 'location')
    )
      return BOOL;
    if (right.kind === 'map') {
      if (!isUnknown(left) && !isUnknown(right.key) && left.name !== right.key.name) {
        this.fail(`cannot use ${left.name} as type ${right.key.name} in map key`, node.at);
      }
      return BOOL;
    }
    if (isArray(right)) {
      if (!comparable(left, right.element))
        this.fail(`cannot use ${left.name} as type ${right.element.name} in array`, node.at);
      return BOOL;
    }
    return isUnknown(right) || (isUnknown(left) && isString(right)) ? BOOL : undefined;
  }

  private pattern(source: string, at: Offset): void {
    try {
      compileRegex(source);
    } catch (error) {
      // The reference takes the text for a format string: a percent sign in it asks for an argument that is not there.
      const text = error instanceof Error ? error.message : String(error);
      this.fail(
        text.replace(/%(.?)/gu, (_, verb: string) => (verb === '%' ? '%' : `%!${verb}(MISSING)`)),
        at,
      );
    }
  }

  private member(node: MemberNode): Type {
    // `$env.name` is the name itself.
    if (node.object.kind === 'identifier' && node.object.name === '$env' && node.property.kind === 'string') {
      this.visit(node.object);
      this.visit(node.property);
      const known = this.environment.get(node.property.value);
      if (known !== undefined) return known;
      if (node.optional) return UNKNOWN;
      this.fail(`unknown name ${node.property.value}`, node.propertyAt);
    }
    const object = this.visit(node.object);
    const property = this.visit(node.property);
    if (node.property.kind === 'string') {
      const method = methodType(object, node.property.value);
      if (method !== undefined) return method;
    }
    if (isUnknown(object)) return UNKNOWN;
    switch (object.kind) {
      case 'map':
        if (!isUnknown(property) && !isUnknown(object.key) && property.name !== object.key.name) {
          this.fail(`cannot use ${property.name} to get an element from ${object.name}`, node.propertyAt);
        }
        return object.element;
      case 'array':
        if (!isInteger(property) && !isUnknown(property)) {
          this.fail(
            `array elements can only be selected using an integer (got ${property.name})`,
            node.propertyAt,
          );
        }
        return object.element;
      case 'struct': {
        if (node.property.kind !== 'string') break;
        const field = object.fields[node.property.value];
        if (field !== undefined) return field;
        break;
      }
      default:
    }
    if (node.property.kind !== 'string')
      this.fail(`type ${object.name}[${property.name}] is undefined`, node.propertyAt);
    this.fail(
      `type ${isNil(object) ? 'nil' : object.name} has no ${node.method && !isNil(object) ? 'method' : 'field'} ${node.property.value}`,
      node.propertyAt,
    );
  }

  private slice(node: SliceNode): Type {
    const object = this.visit(node.object);
    // What is known only when it runs is not looked at further, as in the reference.
    if (isUnknown(object)) return UNKNOWN;
    if (!isArray(object) && (!isString(object) || 'pointer' in object))
      this.fail(`cannot slice ${argumentName(object)}`, node.at);
    for (const bound of [node.from, node.to]) {
      if (bound === undefined) continue;
      const type = this.visit(bound);
      if (!isInteger(type) && !isUnknown(type)) this.fail(`non-integer slice index ${type.name}`, bound.at);
    }
    return object;
  }

  private call(node: CallNode): Type {
    if (node.callee.kind === 'identifier' && node.callee.name === '$env')
      this.fail(`${MAP.name} is not callable`, node.at);
    const callee = this.visit(node.callee);
    // The arguments of what is known only when it runs are not looked at, as in the reference.
    if (isUnknown(callee)) return UNKNOWN;
    if (isNil(callee)) {
      const name = calleeName(node.callee);
      this.fail(`${name} is nil; cannot call nil as function`, node.at);
    }
    if (callee.kind !== 'function') this.fail(`${callee.name} is not callable`, node.at);
    if ((callee.results ?? 1) > 2)
      this.fail(`func ${calleeName(node.callee)} returns more then two values`, node.at);
    return this.checked(checkArguments(calleeName(node.callee), callee, this.visitArgument, node.args), node);
  }

  private readonly visitArgument = (node: Node): Type => this.visit(node);

  private visitAll(args: readonly Node[]): Type[] {
    return args.map((arg) => this.visit(arg));
  }

  private checked(result: Checked, node: CallNode | BuiltinNode): Type {
    if ('error' in result) this.fail(result.error, node.args[result.argument ?? -1]?.at ?? node.at);
    for (const literal of result.floats ?? []) this.types.set(literal, FLOAT);
    return result.type;
  }

  private builtin(node: BuiltinNode): Type {
    const [first, second, third] = node.args;
    if (first === undefined || !PREDICATES.has(node.name)) {
      return this.checked(builtinType(node.name, this.visitArgument, node.args), node);
    }
    const collection = this.visit(first);
    if (!isArray(collection) && !isUnknown(collection)) {
      this.fail(`builtin ${node.name} takes only array (got ${collection.name})`, first.at);
    }
    const element = isArray(collection) ? collection.element : UNKNOWN;
    const result = second === undefined ? undefined : this.inPredicate(node.name, element, second);
    if (third !== undefined) this.extra(node.name, this.visit(third), third.at);
    if (result !== undefined && second !== undefined && isNil(result)) this.refuseNil(node.name, second.at);
    switch (node.name) {
      case 'all':
      case 'none':
      case 'any':
      case 'one':
        this.predicateIsBool(result, second);
        return BOOL;
      case 'count':
        this.predicateIsBool(result, second);
        return INT;
      case 'findIndex':
      case 'findLastIndex':
        this.predicateIsBool(result, second);
        return INT;
      case 'filter':
        this.predicateIsBool(result, second);
        return isArray(collection) ? arrayOf(element) : ARRAY;
      case 'find':
      case 'findLast':
        this.predicateIsBool(result, second);
        return element;
      case 'map':
        return arrayOf(result ?? UNKNOWN);
      case 'sum':
        return result === undefined ? element : isUnknown(result) ? ANY : result;
      case 'groupBy':
        return GROUPS;
      case 'sortBy':
        return collection;
      default:
        return result ?? UNKNOWN;
    }
  }

  private extra(name: string, type: Type, at: Offset): void {
    if (name === 'sortBy' && !isString(type) && !isUnknown(type)) {
      this.fail(`sortBy order argument must be a string (got ${type.name})`, at);
    }
  }

  private inPredicate(name: string, element: Type, predicate: Node): Type {
    this.predicates.push({
      element,
      accumulator: name === 'reduce',
      index: name === 'map' || name === 'reduce',
    });
    const type = this.visit(predicate);
    this.predicates.pop();
    return type;
  }

  /** A predicate that is nil is a function without a result to the reference. */
  private refuseNil(name: string, at: Offset): never {
    if (name === 'sum')
      this.fail('cannot use func(interface {}) as argument (type func(interface {}) bool) to call sum ', at);
    this.fail(`predicate should has ${name === 'reduce' ? 'two' : 'one'} input and one output param`, at);
  }

  private predicateIsBool(result: Type | undefined, predicate: Node | undefined): void {
    if (result === undefined || isBool(result) || isUnknown(result)) return;
    this.fail(`predicate should return boolean (got ${argumentName(result)})`, predicate?.at ?? 0);
  }

  private array(items: readonly Node[]): Type {
    const types = this.visitAll(items);
    const [first] = types;
    if (first === undefined) return ARRAY;
    return types.every((type) => argumentName(type) === argumentName(first) && type.kind === first.kind)
      ? arrayOf(first)
      : arrayOf(ANY);
  }
}

const PREDICATES = new Set([
  'all',
  'none',
  'any',
  'one',
  'filter',
  'map',
  'count',
  'sum',
  'find',
  'findIndex',
  'findLast',
  'findLastIndex',
  'groupBy',
  'sortBy',
  'reduce',
]);

const conditionNames: ReadonlySet<string> = new Set(['result', ...CONDITION_FUNCTIONS]);
const isStatistic = (name: string): boolean => !conditionNames.has(name);
const isBytes = (type: Type): boolean => type.name === '[]uint8';
const both = (kind: (type: Type) => boolean, left: Type, right: Type): boolean => kind(left) && kind(right);

function ordered(left: Type, right: Type): boolean {
  return (
    both(isNumber, left, right) ||
    both(isString, left, right) ||
    both(isTime, left, right) ||
    both(isDuration, left, right) ||
    maybe(left, right, isNumber, isString, isTime, isDuration)
  );
}

function combined(left: Type, right: Type): Type {
  return isFloat(left) || isFloat(right) ? FLOAT : INT;
}

/** The type of a value that is one or the other. */
function either(left: Type, right: Type): Type {
  if (isNil(left)) return right;
  if (isNil(right)) return left;
  if (isArray(left) && isArray(right) && left.name === right.name && left.element.name !== right.element.name)
    return arrayOf(ANY);
  return left.name === right.name && left.kind === right.kind ? left : UNKNOWN;
}

/** The type of a conditional: that of the first value, where the second may be of any type. */
function chosen(then: Type, otherwise: Type): Type {
  return otherwise.name === ANY.name && !isNil(then) ? then : either(then, otherwise);
}

function calleeName(callee: Node): string {
  if (callee.kind === 'identifier') return callee.name;
  if (callee.kind === 'member' && callee.property.kind === 'string') return callee.property.value;
  return 'function';
}
