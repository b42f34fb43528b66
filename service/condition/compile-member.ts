import type { MemberNode } from './ast.js';
import type { CompileContext } from './compile-context.js';
import { compileFilterEnd } from './compile-predicate.js';
import { environment } from './condition-values.js';
import { GoError } from './go/go-error.js';
import { IntRange } from './go/int-range.js';
import { TypedSlice } from './go/values.js';
import { methodOf } from './method-types.js';
import { fetch } from './run/collections.js';
import type { Code } from './run/frame.js';
import { isNilValue } from './run/operators.js';
import { ENVIRONMENT_PRICE, MEMBER_PRICE, weight } from './run/weight.js';

/** What ends a chain where an optional part of it is missing. */
export const CHAIN = new GoError('nil in a chain');

/** Code of `object.property` and `object[property]`. */
export function compileMember(compiler: CompileContext, node: MemberNode): Code {
  if (node.object.kind === 'identifier' && node.object.name === '$env' && node.property.kind === 'string') {
    const { value } = node.property;
    return (frame) => {
      frame.budget.step(ENVIRONMENT_PRICE);
      return fetch(environment(frame), value);
    };
  }
  if (
    node.object.kind === 'builtin' &&
    node.object.name === 'filter' &&
    node.property.kind === 'int' &&
    !node.optional
  ) {
    const { value } = node.property;
    if (value === 0n || value === -1n) return compileFilterEnd(compiler, node.object, value === -1n);
  }
  const object = compiler.compile(node.object);
  const fast = fastIndex(compiler, node, object);
  if (fast !== undefined) return fast;
  const property = compiler.compile(node.property);
  const { optional } = node;
  const name = node.property.kind === 'string' ? node.property.value : undefined;
  const isField = compiler.types.get(node.object)?.kind === 'struct';
  return (frame) => {
    const from = object(frame);
    if (optional && isNilValue(from)) throw CHAIN;
    // The byte at an index is found by way of all bytes.
    frame.budget.step(typeof from === 'string' ? MEMBER_PRICE + weight(from) : MEMBER_PRICE);
    if (isField && from === null) throw new GoError(`cannot get ${name ?? ''} from <nil>`);
    if (name !== undefined) {
      const method = methodOf(from, name);
      if (method !== undefined) return method;
    }
    return fetch(from, property(frame));
  };
}

/** `result[0]` over a Go slice with a literal index: the way of nearly every condition. */
function fastIndex(compiler: CompileContext, node: MemberNode, object: Code): Code | undefined {
  if (node.property.kind !== 'int' || node.optional || node.property.value < 0n) return undefined;
  if (compiler.types.get(node.object)?.kind !== 'array') return undefined;
  const literal = node.property.value;
  const index = Number(literal);
  return (frame) => {
    const from = object(frame);
    // Of a range only the one element is made.
    const items = from instanceof TypedSlice && !(from instanceof IntRange) ? from.items : from;
    if (Array.isArray(items) && index < items.length) return items[index] as unknown;
    return fetch(from, literal);
  };
}

/** Code of a chain, which is nil where an optional part of it is missing. */
export function compileChain(inner: Code): Code {
  return (frame) => {
    try {
      const value = inner(frame);
      return isNilValue(value) ? null : value;
    } catch (error) {
      if (error === CHAIN) return null;
      throw error;
    }
  };
}
