import type { Node } from './ast.js';

/** So many nodes may be handled one within another before the rest is handled first. */
const RUN = 32;

/**
 * The nodes of a long chain (`a + b + c`, `x.y.z`, `x | f() | g()`) that are to be handled before `node`, the innermost
 * first: one in {@link RUN}, so that no chain, however long, is recursed into. Nodes that are `known` end the search.
 * Within a chain of `?.` only whole such chains are named: what is inside may leave it.
 */
export function leftSpine(
  node: Node,
  known: (part: Node) => boolean,
  separable: (part: Node) => boolean = () => true,
): readonly Node[] {
  const parts: Node[] = [];
  let depth = 0;
  let inChain = node.kind === 'chain';
  for (let part = firstPart(node); part !== undefined && !known(part); part = firstPart(part)) {
    depth++;
    if (depth >= RUN && (part.kind === 'chain' || !inChain) && separable(part)) {
      parts.push(part);
      depth = 0;
    }
    if (part.kind === 'chain') inChain = true;
  }
  return parts.reverse();
}

/** The part that is evaluated before all else of a node, whenever the node is. */
function firstPart(node: Node): Node | undefined {
  switch (node.kind) {
    case 'unary':
      return node.operand;
    case 'binary':
      return node.left;
    case 'conditional':
      return node.test;
    case 'member':
    case 'slice':
      return node.object;
    case 'chain':
      return node.inner;
    case 'call':
      return node.callee.kind === 'identifier' ? node.args[0] : node.callee;
    case 'builtin':
      return node.args[0];
    default:
      return undefined;
  }
}
