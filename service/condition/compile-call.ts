import type { CallNode } from './ast.js';
import type { CompileContext } from './compile-context.js';
import { CONDITION_TYPES } from './condition-values.js';
import { GoError } from './go/go-error.js';
import { GoFunction, typeName } from './go/values.js';
import { assertedArgument } from './method-types.js';
import type { Code } from './run/frame.js';
import { assertType } from './run/numbers.js';
import { STATISTIC_FUNCTIONS } from './run/statistics.js';
import { conditionWeight, methodWeight } from './run/weight.js';

/** Code of a call of anything but the language's own functions. */
export function compileCall(compiler: CompileContext, node: CallNode): Code {
  const args = node.args.map((arg) => compiler.compile(arg));
  const direct = directCall(compiler, node, args);
  if (direct !== undefined) return direct;
  const callee = compiler.compile(node.callee);
  const asserted = assertedArgument(compiler.types.get(node.callee));
  return (frame) => {
    // The arguments come first, as in the reference.
    const values = args.map((arg) => arg(frame));
    const target = callee(frame);
    if (target === null) throw new GoError('invalid operation: cannot call nil');
    if (!(target instanceof GoFunction))
      throw new GoError(`invalid operation: cannot call non-function of type ${typeName(target)}`);
    frame.budget.step(methodWeight(values));
    const [only = null] = values;
    if (asserted !== undefined && typeName(only) !== asserted) throw assertType(only, asserted);
    return target.call(values);
  };
}

/** Calls of Argo's functions by name, without making a function value. */
function directCall(compiler: CompileContext, node: CallNode, args: readonly Code[]): Code | undefined {
  const name = node.callee.kind === 'identifier' ? node.callee.name : undefined;
  if (name === undefined || compiler.isVariable(name)) return undefined;
  const [first, second] = args;
  const statistic = STATISTIC_FUNCTIONS[name];
  if (statistic !== undefined)
    return (frame) =>
      statistic(
        args.map((arg) => arg(frame)),
        frame.budget,
      );
  if (first === undefined || CONDITION_TYPES[name] === undefined) return undefined;
  if (name === 'isNaN') {
    return (frame) => {
      const value = first(frame);
      return typeof value === 'number' ? value !== value : (frame.functions['isNaN']?.([value]) ?? null);
    };
  }
  return (frame) => {
    const values = second === undefined ? [first(frame)] : [first(frame), second(frame)];
    frame.budget.step(conditionWeight(values));
    return frame.functions[name]?.(values) ?? null;
  };
}
