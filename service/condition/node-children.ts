import type { Node } from './ast.js';

/** The parts of a node, in the order of the source. */
export function childrenOf(node: Node): readonly Node[] {
  switch (node.kind) {
    case 'unary':
      return [node.operand];
    case 'binary':
      return [node.left, node.right];
    case 'conditional':
      // Of `a ?: b` the first part is there twice.
      return node.then === node.test ? [node.test, node.otherwise] : [node.test, node.then, node.otherwise];
    case 'member':
      return [node.object, node.property];
    case 'chain':
      return [node.inner];
    case 'slice':
      return [node.object, node.from, node.to].filter((part) => part !== undefined);
    case 'call':
      return [node.callee, ...node.args];
    case 'builtin':
      return node.args;
    case 'array':
      return node.items;
    case 'map':
      return node.pairs.flatMap(({ key, value }) => [key, value]);
    case 'sequence':
      return node.nodes;
    case 'let':
      return [node.value, node.body];
    case 'nil':
    case 'bool':
    case 'int':
    case 'float':
    case 'string':
    case 'bytes':
    case 'identifier':
    case 'pointer':
      return [];
  }
}

/** The node with each child replaced; the node itself when no child changed. */
export function mapChildren(node: Node, map: (child: Node) => Node): Node {
  const changed = (child: Node): [Node, boolean] => {
    const next = map(child);
    return [next, next !== child];
  };
  const list = (children: readonly Node[]): [readonly Node[], boolean] => {
    const next = children.map(map);
    return next.some((child, index) => child !== children[index]) ? [next, true] : [children, false];
  };
  switch (node.kind) {
    case 'unary': {
      const [operand, differs] = changed(node.operand);
      return differs ? { ...node, operand } : node;
    }
    case 'binary': {
      const [left, a] = changed(node.left);
      const [right, b] = changed(node.right);
      return a || b ? { ...node, left, right } : node;
    }
    case 'conditional': {
      const [test, a] = changed(node.test);
      const [then, b] = changed(node.then);
      const [otherwise, c] = changed(node.otherwise);
      return a || b || c ? { ...node, test, then, otherwise } : node;
    }
    case 'member': {
      const [object, a] = changed(node.object);
      const [property, b] = changed(node.property);
      return a || b ? { ...node, object, property } : node;
    }
    case 'chain': {
      const [inner, differs] = changed(node.inner);
      return differs ? { ...node, inner } : node;
    }
    case 'slice': {
      const [object, a] = changed(node.object);
      const from = node.from === undefined ? undefined : map(node.from);
      const to = node.to === undefined ? undefined : map(node.to);
      if (!a && from === node.from && to === node.to) return node;
      return {
        ...node,
        object,
        ...(from === undefined ? {} : { from }),
        ...(to === undefined ? {} : { to }),
      };
    }
    case 'call': {
      const [callee, a] = changed(node.callee);
      const [args, b] = list(node.args);
      return a || b ? { ...node, callee, args } : node;
    }
    case 'builtin': {
      const [args, differs] = list(node.args);
      return differs ? { ...node, args } : node;
    }
    case 'array': {
      const [items, differs] = list(node.items);
      return differs ? { ...node, items } : node;
    }
    case 'map': {
      const pairs = node.pairs.map(({ key, value }) => ({ key: map(key), value: map(value) }));
      const differs = pairs.some(
        (pair, index) => pair.key !== node.pairs[index]?.key || pair.value !== node.pairs[index].value,
      );
      return differs ? { ...node, pairs } : node;
    }
    case 'sequence': {
      const [nodes, differs] = list(node.nodes);
      return differs ? { ...node, nodes } : node;
    }
    case 'let': {
      const [value, a] = changed(node.value);
      const [body, b] = changed(node.body);
      return a || b ? { ...node, value, body } : node;
    }
    case 'nil':
    case 'bool':
    case 'int':
    case 'float':
    case 'string':
    case 'bytes':
    case 'identifier':
    case 'pointer':
      return node;
  }
}
