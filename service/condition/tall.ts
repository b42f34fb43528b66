import type { BinaryNode, Node } from './ast.js';
import { type Descent, descend } from './descend.js';
import { isPredicateFunction } from './builtin-names.js';
import { childrenOf } from './node-children.js';

/** Code of trees up to this height is closures within closures; that of taller ones would overflow the stack. */
const MAX_HEIGHT = 150;

/** The nodes of a tree that are too tall for closures within closures. */
export function tallNodes(root: Node): ReadonlySet<Node> {
  const tall = new Set<Node>();
  const heights = new Map<Node, number>();
  descend<Node, number>(root, function* (node): Descent<Node, number> {
    const known = heights.get(node);
    if (known !== undefined) return known;
    let height = 1;
    for (const child of childrenOf(node)) height = Math.max(height, 1 + (yield child));
    heights.set(node, height);
    if (height > MAX_HEIGHT) tall.add(node);
    return height;
  });
  return tall;
}

/**
 * The parts of a node whose values it needs, whatever they are, in the order in which they are evaluated. A part that is
 * compiled together with the node, as `filter` in `len(filter(xs, p))`, is not among them, but its own parts are.
 */
export function operandsOf(node: Node): readonly Node[] {
  return directOperands(node).flatMap((part) => (isFused(node, part) ? operandsOf(part) : [part]));
}

function directOperands(node: Node): readonly Node[] {
  switch (node.kind) {
    case 'slice':
      return [node.object, node.to, node.from].filter((part) => part !== undefined);
    case 'call':
      return node.callee.kind === 'identifier' ? node.args : [...node.args, node.callee];
    case 'builtin':
      // The second argument of these is evaluated once an element.
      return isPredicateFunction(node.name) ? node.args.filter((_, index) => index !== 1) : node.args;
    default:
      return childrenOf(node);
  }
}

function isFused(node: Node, part: Node): boolean {
  if (part.kind === 'array') return node.kind === 'builtin' && node.name === 'sum';
  if (part.kind !== 'builtin') return false;
  switch (node.kind) {
    case 'member':
      return part.name === 'filter';
    case 'binary':
      return part === node.left && isCountOrder(node) && (part.name === 'count' || part.name === 'len');
    case 'builtin':
      return (node.name === 'len' && part.name === 'filter') || (node.name === 'sum' && part.name === 'map');
    default:
      return false;
  }
}

const isCountOrder = ({ operator, right }: BinaryNode): boolean =>
  (operator === '>' || operator === '>=') && right.kind === 'int';
