import type { BinaryNode, BuiltinNode, CallNode, MemberNode, Node } from './ast.js';
import { CONDITION_FUNCTIONS, isBuiltin } from './builtin-names.js';
import { chosen, type Fail, operation, type SpendOnPattern } from './check-binary.js';
import { memberType, sliceType } from './check-member.js';
import {
  checkExtra,
  predicateIsBool,
  predicateResult,
  PREDICATES,
  refuseNil,
  TESTS,
} from './check-predicate.js';
import { builtinType, checkArguments } from './builtin-types.js';
import type { Checked } from './builtin-validators.js';
import { ConditionError, type Offset } from './condition-error.js';
import { type Descent, descend } from './descend.js';
import { builtinSignature } from './builtin-signatures.js';
import { STEP_BUDGET } from './run/budget.js';
import {
  BOOL,
  FLOAT,
  type FunctionType,
  INT,
  isArray,
  isBool,
  isNil,
  isNumber,
  isUnknown,
  MAP,
  NIL,
  sliceOf,
  STRING,
  listType,
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
  return { type: checker.run(root), types: checker.types };
}

/** The check of a node, which asks for the types of others by yielding them. */
type Typing = Descent<Node, Type>;

class Checker {
  readonly types = new Map<Node, Type>();
  /** What `let` has bound around the node: no name twice. */
  private readonly variables = new Map<string, Type>();
  private readonly predicates: {
    readonly element: Type;
    readonly accumulator: boolean;
    readonly index: boolean;
  }[] = [];
  private patternSteps = 0;
  private readonly source: string;
  private readonly environment: Environment;

  constructor(source: string, environment: Environment) {
    this.source = source;
    this.environment = environment;
  }

  /** The types of a tree; each node is checked when its type is first asked for. */
  run(root: Node): Type {
    return descend(root, (node) => this.visit(node));
  }

  private *visit(node: Node): Typing {
    let type = this.types.get(node);
    if (type === undefined) {
      type = yield* this.typeOf(node);
      this.types.set(node, type);
    }
    return type;
  }

  private fail(message: string, at: Offset): never {
    throw new ConditionError('type', message, this.source, at);
  }

  private readonly spendOnPattern: SpendOnPattern = (steps, at) => {
    this.patternSteps += steps;
    if (this.patternSteps > STEP_BUDGET)
      throw new ConditionError('budget', 'the patterns of the condition are too large', this.source, at);
  };

  private readonly refuse: Fail = (message, at) => this.fail(message, at);

  private *typeOf(node: Node): Typing {
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
        return this.unary(node.operator, yield node.operand, node.at);
      case 'binary':
        return yield* this.binary(node);
      case 'conditional': {
        const test = yield node.test;
        if (!isBool(test) && !isUnknown(test))
          this.fail(`non-bool expression (type ${test.name}) used as condition`, node.test.at);
        return chosen(yield node.then, yield node.otherwise);
      }
      case 'member':
        return yield* this.member(node);
      case 'chain':
        return yield node.inner;
      case 'slice':
        return yield* sliceType(node, this.refuse);
      case 'call':
        return yield* this.call(node);
      case 'builtin':
        return yield* this.builtin(node);
      case 'array':
        return yield* this.array(node.items);
      case 'map':
        for (const pair of node.pairs) {
          yield pair.key;
          yield pair.value;
        }
        return MAP;
      case 'sequence': {
        let last = NIL;
        for (const inner of node.nodes) last = yield inner;
        return last;
      }
      case 'let': {
        if (isBuiltin(node.name)) this.fail(`cannot redeclare builtin ${node.name}`, node.nameAt);
        if (this.environment.has(node.name) && !isStatistic(node.name))
          this.fail(`cannot redeclare ${node.name}`, node.nameAt);
        if (this.variables.has(node.name)) this.fail(`cannot redeclare variable ${node.name}`, node.nameAt);
        const value = yield node.value;
        this.variables.set(node.name, value);
        const body = yield node.body;
        this.variables.delete(node.name);
        return body;
      }
    }
  }

  private identifier(name: string, at: Offset): Type {
    const variable = this.variables.get(name);
    if (variable !== undefined) return variable;
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

  private *binary(node: BinaryNode): Typing {
    const left = yield node.left;
    const right = yield node.right;
    const type = operation(node, left, right, this.refuse, this.spendOnPattern);
    if (type !== undefined) return type;
    this.fail(
      `invalid operation: ${node.operator} (mismatched types ${left.name} and ${right.name})`,
      node.operatorAt,
    );
  }

  private *member(node: MemberNode): Typing {
    // `$env.name` is the name itself.
    if (node.object.kind === 'identifier' && node.object.name === '$env' && node.property.kind === 'string') {
      yield node.object;
      yield node.property;
      const known = this.environment.get(node.property.value);
      if (known !== undefined) return known;
      if (node.optional) return UNKNOWN;
      this.fail(`unknown name ${node.property.value}`, node.propertyAt);
    }
    const object = yield node.object;
    const property = yield node.property;
    return memberType(node, object, property, this.refuse);
  }

  private *call(node: CallNode): Typing {
    if (node.callee.kind === 'identifier' && node.callee.name === '$env')
      this.fail(`${MAP.name} is not callable`, node.at);
    const callee = yield node.callee;
    // The arguments of what is known only when it runs are not looked at, as in the reference.
    if (isUnknown(callee)) return UNKNOWN;
    if (isNil(callee)) {
      const name = calleeName(node.callee);
      this.fail(`${name} is nil; cannot call nil as function`, node.at);
    }
    if (callee.kind !== 'function') this.fail(`${callee.name} is not callable`, node.at);
    if ((callee.results ?? 1) > 2)
      this.fail(`func ${calleeName(node.callee)} returns more then two values`, node.at);
    return this.checked(yield* checkArguments(calleeName(node.callee), callee, node.args), node);
  }

  private checked(result: Checked, node: CallNode | BuiltinNode): Type {
    if ('error' in result) this.fail(result.error, node.args[result.argument ?? -1]?.at ?? node.at);
    for (const literal of result.floats ?? []) this.types.set(literal, FLOAT);
    return result.type;
  }

  private *builtin(node: BuiltinNode): Typing {
    const [first, second, third] = node.args;
    if (first === undefined || !PREDICATES.has(node.name)) {
      return this.checked(yield* builtinType(node.name, node.args), node);
    }
    const collection = yield first;
    if (!isArray(collection) && !isUnknown(collection)) {
      this.fail(`builtin ${node.name} takes only array (got ${collection.name})`, first.at);
    }
    const element = isArray(collection) ? collection.element : UNKNOWN;
    const result = second === undefined ? undefined : yield* this.inPredicate(node.name, element, second);
    if (third !== undefined) checkExtra(node.name, yield third, third.at, this.refuse);
    if (result !== undefined && second !== undefined && isNil(result))
      refuseNil(node.name, second.at, this.refuse);
    if (TESTS.has(node.name)) predicateIsBool(result, second, this.refuse);
    return predicateResult(node.name, collection, result);
  }

  private *inPredicate(name: string, element: Type, predicate: Node): Typing {
    this.predicates.push({
      element,
      accumulator: name === 'reduce',
      index: name === 'map' || name === 'reduce',
    });
    const type = yield predicate;
    this.predicates.pop();
    return type;
  }

  private *array(items: readonly Node[]): Typing {
    const types: Type[] = [];
    for (const item of items) types.push(yield item);
    return listType(types);
  }
}

const conditionNames: ReadonlySet<string> = new Set(['result', ...CONDITION_FUNCTIONS]);
const isStatistic = (name: string): boolean => !conditionNames.has(name);
function calleeName(callee: Node): string {
  if (callee.kind === 'identifier') return callee.name;
  if (callee.kind === 'member' && callee.property.kind === 'string') return callee.property.value;
  return 'function';
}
