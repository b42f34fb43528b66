import { describe, expect, it } from 'vitest';
import type { Node } from '../../service/condition/ast.js';
import { ConditionError } from '../../service/condition/condition-error.js';
import { parse } from '../../service/condition/parser.js';

/** The tree of a condition as nested brackets, which say what belongs to what. */
function shape(node: Node): string {
  const list = (nodes: readonly Node[]): string => nodes.map(shape).join(' ');
  switch (node.kind) {
    case 'nil':
      return 'nil';
    case 'bool':
    case 'int':
    case 'float':
      return String(node.value);
    case 'string':
      return JSON.stringify(node.value);
    case 'bytes':
      return `bytes[${node.value.join(' ')}]`;
    case 'identifier':
      return node.name;
    case 'pointer':
      return `#${node.name}`;
    case 'unary':
      return `(${node.operator} ${shape(node.operand)})`;
    case 'binary':
      return `(${shape(node.left)} ${node.operator} ${shape(node.right)})`;
    case 'conditional':
      return `(${shape(node.test)} ? ${shape(node.then)} : ${shape(node.otherwise)})`;
    case 'member':
      return `${shape(node.object)}${node.optional ? '?.' : '.'}[${shape(node.property)}]`;
    case 'chain':
      return `<${shape(node.inner)}>`;
    case 'slice':
      return `${shape(node.object)}[${node.from ? shape(node.from) : ''}:${node.to ? shape(node.to) : ''}]`;
    case 'call':
      return `call(${list([node.callee, ...node.args])})`;
    case 'builtin':
      return `${node.name}(${list(node.args)})`;
    case 'array':
      return `[${list(node.items)}]`;
    case 'map':
      return `{${node.pairs.map(({ key, value }) => `${shape(key)}: ${shape(value)}`).join(' ')}}`;
    case 'sequence':
      return `(${node.nodes.map(shape).join('; ')})`;
    case 'let':
      return `(let ${node.name} = ${shape(node.value)}; ${shape(node.body)})`;
  }
}

describe('operators bind as in the reference', () => {
  it.each`
    source                                     | tree
    ${'1 + 2 * 3'}                             | ${'(1 + (2 * 3))'}
    ${'a - b - c'}                             | ${'((a - b) - c)'}
    ${'2 ** 3 ** 2'}                           | ${'(2 ** (3 ** 2))'}
    ${'-2 ** 2'}                               | ${'(- (2 ** 2))'}
    ${'1 + nil ?? 2'}                          | ${'(1 + (nil ?? 2))'}
    ${'not a == b'}                            | ${'((not a) == b)'}
    ${'a not in b'}                            | ${'(not (a in b))'}
    ${'a or b and c'}                          | ${'(a or (b and c))'}
    ${'1 < x <= 3'}                            | ${'((1 < x) && (x <= 3))'}
    ${'1..2 + 3'}                              | ${'(1 .. (2 + 3))'}
    ${'a ? b : c ? d : e'}                     | ${'(a ? b : (c ? d : e))'}
    ${'a ?: b'}                                | ${'(a ? a : b)'}
    ${'if a { 1 } else if b { 2 } else { 3 }'} | ${'(a ? 1 : (b ? 2 : 3))'}
    ${'let x = 1; let y = 2; x + y'}           | ${'(let x = 1; (let y = 2; (x + y)))'}
    ${'1; 2;'}                                 | ${'(1; 2)'}
  `('$source', ({ source, tree }: { source: string; tree: string }) => {
    expect(shape(parse(source))).toBe(tree);
  });
});

describe('members, calls and predicates', () => {
  it.each`
    source                              | tree
    ${'result[0]'}                      | ${'result.[0]'}
    ${'result[-1:]'}                    | ${'result[(- 1):]'}
    ${'result[:2]'}                     | ${'result[:2]'}
    ${'a.b?.c.d'}                       | ${'<a.["b"]?.["c"].["d"]>'}
    ${'a.in.not'}                       | ${'a.["in"].["not"]'}
    ${'all(result, # > 1)'}             | ${'all(result (# > 1))'}
    ${'all(result, {.ok})'}             | ${'all(result #.["ok"])'}
    ${'reduce(result, #acc + #)'}       | ${'reduce(result (#acc + #))'}
    ${'result | filter(# > 1) | len()'} | ${'len(filter(result (# > 1)))'}
    ${'default(result, 0)'}             | ${'call(default result 0)'}
    ${'d.Format("15")'}                 | ${'call(d.["Format"] "15")'}
    ${'{a: 1, "b": 2, (c): 3}'}         | ${'{"a": 1 "b": 2 c: 3}'}
    ${'[1, 2,]'}                        | ${'[1 2]'}
    ${'::len([])'}                      | ${'len([])'}
  `('$source', ({ source, tree }: { source: string; tree: string }) => {
    expect(shape(parse(source))).toBe(tree);
  });
});

describe('literals', () => {
  it.each`
    source                   | tree
    ${'017'}                 | ${'17'}
    ${'1_000'}               | ${'1000'}
    ${'0xFF'}                | ${'255'}
    ${'0b101'}               | ${'5'}
    ${'0o17'}                | ${'15'}
    ${'.5'}                  | ${'0.5'}
    ${'1e3'}                 | ${'1000'}
    ${'9223372036854775807'} | ${'9223372036854775807'}
    ${'"\\u00e9\\n"'}        | ${'"é\\n"'}
    ${"'it\\'s'"}            | ${'"it\'s"'}
    ${'`a``b\\n`'}           | ${'"a`b\\\\n"'}
    ${'b"\\xff\\101"'}       | ${'bytes[255 65]'}
    ${'// nothing\n1'}       | ${'1'}
    ${'1 /* one */ + 1'}     | ${'(1 + 1)'}
  `('$source', ({ source, tree }: { source: string; tree: string }) => {
    expect(shape(parse(source))).toBe(tree);
  });
});

describe('what is wrong is said in the words of the reference, with its place', () => {
  it.each`
    source                   | message                                                                                           | column | caret
    ${''}                    | ${'unexpected token EOF'}                                                                         | ${1}   | ${'\n^'}
    ${'result[0] >='}        | ${'unexpected token EOF'}                                                                         | ${13}  | ${'result[0] >=\n            ^'}
    ${'result = 1'}          | ${'unexpected token Operator("=")'}                                                               | ${8}   | ${'result = 1\n       ^'}
    ${'1 @ 2'}               | ${"unrecognized character: U+0040 '@'"}                                                           | ${3}   | ${'1 @ 2\n  ^'}
    ${'result.[0]'}          | ${'expected name'}                                                                                | ${8}   | ${'result.[0]\n       ^'}
    ${'9223372036854775808'} | ${'invalid integer literal: strconv.ParseInt: parsing "9223372036854775808": value out of range'} | ${1}   | ${'9223372036854775808\n^'}
    ${'1 ?? 2 + 3'}          | ${'Operator (+) and coalesce expressions (??) cannot be mixed. Wrap either by parentheses.'}      | ${8}   | ${'1 ?? 2 + 3\n       ^'}
  `(
    '$source',
    ({
      source,
      message,
      column,
      caret,
    }: {
      source: string;
      message: string;
      column: number;
      caret: string;
    }) => {
      const error = failure(source);
      expect(error.message).toBe(message);
      expect({ line: error.line, column: error.column }).toEqual({ line: 1, column });
      expect(error.snippet).toBe(caret);
      expect(error.code).toBe('syntax');
    },
  );

  it('a fault in a later line is shown in that line', () => {
    const error = failure('result[0] > 1 &&\n\tresult[1] >>');
    expect(error).toMatchObject({ line: 2, snippet: ' result[1] >>\n            ^' });
  });
});

function failure(source: string): ConditionError {
  try {
    parse(source);
  } catch (error) {
    if (error instanceof ConditionError) return error;
    throw error;
  }
  throw new Error(`no fault was found in ${source}`);
}
