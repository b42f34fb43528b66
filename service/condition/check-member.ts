import type { MemberNode, Node, SliceNode } from './ast.js';
import type { Fail } from './check-binary.js';
import type { Descent } from './descend.js';
import { methodType } from './method-types.js';
import { isInteger, isNil, isUnknown, UNKNOWN, type Type, argumentName, isArray, isString } from './types.js';

/** The type of `object.property`, given the types of both. */
export function memberType(node: MemberNode, object: Type, property: Type, fail: Fail): Type {
  if (node.property.kind === 'string') {
    const method = methodType(object, node.property.value);
    if (method !== undefined) return method;
  }
  if (isUnknown(object)) return UNKNOWN;
  switch (object.kind) {
    case 'map':
      if (!isUnknown(property) && !isUnknown(object.key) && property.name !== object.key.name) {
        fail(`cannot use ${property.name} to get an element from ${object.name}`, node.propertyAt);
      }
      return object.element;
    case 'array':
      if (!isInteger(property) && !isUnknown(property)) {
        fail(`array elements can only be selected using an integer (got ${property.name})`, node.propertyAt);
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
    fail(`type ${object.name}[${property.name}] is undefined`, node.propertyAt);
  fail(
    `type ${isNil(object) ? 'nil' : object.name} has no ${node.method && !isNil(object) ? 'method' : 'field'} ${node.property.value}`,
    node.propertyAt,
  );
}

/** The type of `object[from:to]`; it asks for those of the parts. */
export function* sliceType(node: SliceNode, fail: Fail): Descent<Node, Type> {
  const object = yield node.object;
  // What is known only when it runs is not looked at further, as in the reference.
  if (isUnknown(object)) return UNKNOWN;
  if (!isArray(object) && (!isString(object) || 'pointer' in object))
    fail(`cannot slice ${argumentName(object)}`, node.at);
  for (const bound of [node.from, node.to]) {
    if (bound === undefined) continue;
    const type = yield bound;
    if (!isInteger(type) && !isUnknown(type)) fail(`non-integer slice index ${type.name}`, bound.at);
  }
  return object;
}
