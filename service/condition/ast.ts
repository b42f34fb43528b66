import type { Offset } from './condition-error.js';

/** The syntax tree of a condition. `at` and `end` are the node's place in the source. */
export type Node =
  | NilNode
  | BoolNode
  | IntNode
  | FloatNode
  | StringNode
  | BytesNode
  | IdentifierNode
  | PointerNode
  | UnaryNode
  | BinaryNode
  | ConditionalNode
  | MemberNode
  | ChainNode
  | SliceNode
  | CallNode
  | BuiltinNode
  | ArrayNode
  | MapNode
  | SequenceNode
  | LetNode;

interface Place {
  readonly at: Offset;
  readonly end: Offset;
}
export interface NilNode extends Place {
  readonly kind: 'nil';
}
export interface BoolNode extends Place {
  readonly kind: 'bool';
  readonly value: boolean;
}
/** A Go `int`. */
export interface IntNode extends Place {
  readonly kind: 'int';
  readonly value: bigint;
}
export interface FloatNode extends Place {
  readonly kind: 'float';
  readonly value: number;
}
export interface StringNode extends Place {
  readonly kind: 'string';
  readonly value: string;
}
export interface BytesNode extends Place {
  readonly kind: 'bytes';
  readonly value: Uint8Array;
}
export interface IdentifierNode extends Place {
  readonly kind: 'identifier';
  readonly name: string;
}
/** `#`, `#index`, `#acc`; the name is empty for `#` and for the leading dot of `.field`. */
export interface PointerNode extends Place {
  readonly kind: 'pointer';
  readonly name: string;
}
export interface UnaryNode extends Place {
  readonly kind: 'unary';
  readonly operator: string;
  readonly operand: Node;
}
export interface BinaryNode extends Place {
  readonly kind: 'binary';
  readonly operator: string;
  readonly left: Node;
  readonly right: Node;
  /** Where the operator stands: what an error of it points at. */
  readonly operatorAt: Offset;
}
export interface ConditionalNode extends Place {
  readonly kind: 'conditional';
  readonly test: Node;
  readonly then: Node;
  readonly otherwise: Node;
}
export interface MemberNode extends Place {
  readonly kind: 'member';
  readonly object: Node;
  readonly property: Node;
  readonly optional: boolean;
  /** It is called at once: `a.b()`. */
  readonly method: boolean;
  readonly propertyAt: Offset;
}
/** The extent that `?.` leaves when it meets nil. */
export interface ChainNode extends Place {
  readonly kind: 'chain';
  readonly inner: Node;
}
export interface SliceNode extends Place {
  readonly kind: 'slice';
  readonly object: Node;
  readonly from?: Node;
  readonly to?: Node;
}
export interface CallNode extends Place {
  readonly kind: 'call';
  readonly callee: Node;
  readonly args: readonly Node[];
}
/** A built-in function; of the predicate functions the second argument is evaluated once an element. */
export interface BuiltinNode extends Place {
  readonly kind: 'builtin';
  readonly name: string;
  readonly args: readonly Node[];
}
export interface ArrayNode extends Place {
  readonly kind: 'array';
  readonly items: readonly Node[];
}
export interface MapNode extends Place {
  readonly kind: 'map';
  readonly pairs: readonly { readonly key: Node; readonly value: Node }[];
}
export interface SequenceNode extends Place {
  readonly kind: 'sequence';
  readonly nodes: readonly Node[];
}
export interface LetNode extends Place {
  readonly kind: 'let';
  readonly name: string;
  readonly value: Node;
  readonly body: Node;
  readonly nameAt: Offset;
}
