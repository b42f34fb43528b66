import { parseBounds } from './bounds.js';
import type { FilterNode, PathNode, PathTemplate } from './nodes.js';
import { PathError } from './path-error.js';
import { Scanner } from './scanner.js';
import { unquote } from './unquote.js';
import { GoInteger } from './values.js';

/** Longest path that is read, in UTF-16 units. Kubernetes has no limit; a path is written by hand. */
export const MAX_PATH_LENGTH = 4_096;

const DICT_KEY = /^'([^']*)'$/;
const COMPARISON = /^([^!<>=]+)([!<>=]+)([^\n]+)$/;
const DIGIT = /^\p{Nd}$/u;
const LETTER_OR_DIGIT = /^[_\p{L}\p{Nd}]$/u;
const TERMINATOR = /^[ \t\r\n.,[\]$@{}]?$/;
const PRINTABLE = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u;
const FLOAT = /^[+-]?(?:\d+\.?\d*|\.\d+)$/;
const INT64_MAX = 2n ** 63n - 1n;

/**
 * Reads a JSONPath template as Kubernetes' client-go does: expressions in braces, plain text around them.
 * Throws {@link PathError} with client-go's message.
 */
export function parseTemplate(text: string): PathTemplate {
  if (text.length > MAX_PATH_LENGTH)
    throw new PathError(`JSONPath is longer than ${MAX_PATH_LENGTH} characters`);
  const scanner = new Scanner(text);
  const template: (readonly PathNode[])[] = [];
  for (;;) {
    const plain = scanner.takeUntil('{');
    if (plain !== '') template.push([{ kind: 'text', text: plain }]);
    if (scanner.take() === '') return template;
    template.push(parseExpression(scanner));
  }
}

/** Reads one expression that stands inside other syntax. */
function parseInner(text: string): readonly PathNode[] {
  return parseTemplate(`{${text}}`)[0] ?? [];
}

function parseExpression(scanner: Scanner): readonly PathNode[] {
  const nodes: PathNode[] = [];
  for (;;) {
    if (scanner.accept('}')) return nodes;
    parseStep(scanner, nodes);
  }
}

function parseStep(scanner: Scanner, nodes: PathNode[]): void {
  if (scanner.accept('[?(')) nodes.push(parseFilter(scanner));
  else if (scanner.accept('..')) parseRecursive(scanner, nodes);
  else {
    const char = scanner.peek();
    if (char === '' || char === '\r' || char === '\n') throw new PathError('unclosed action');
    if (char === '+' || char === '-' || DIGIT.test(char)) nodes.push(parseNumber(scanner));
    else if (LETTER_OR_DIGIT.test(char)) nodes.push(parseWord(scanner));
    else parseSymbol(scanner, nodes);
  }
}

function parseSymbol(scanner: Scanner, nodes: PathNode[]): void {
  const char = scanner.take();
  switch (char) {
    case ' ':
    case '@':
    case '$':
      return;
    case '.':
      nodes.push(parseField(scanner));
      return;
    case '[':
      nodes.push(...parseBrackets(scanner));
      return;
    case '"':
    case "'":
      nodes.push(parseQuoted(scanner, char));
      return;
    default:
      throw new PathError(`unrecognized character in action: ${describe(char)}`);
  }
}

function parseRecursive(scanner: Scanner, nodes: PathNode[]): void {
  if (nodes.at(-1)?.kind === 'recursive') throw new PathError('invalid multiple recursive descent');
  nodes.push({ kind: 'recursive' });
  if (LETTER_OR_DIGIT.test(scanner.peek())) nodes.push(parseField(scanner));
}

function parseField(scanner: Scanner): PathNode {
  const name = scanner.takeWhile((char) => !TERMINATOR.test(char), '\\');
  return name === '*' ? { kind: 'wildcard' } : { kind: 'field', name: name.replaceAll('\\', '') };
}

function parseWord(scanner: Scanner): PathNode {
  const word = scanner.takeWhile((char) => !TERMINATOR.test(char));
  if (word === 'true' || word === 'false') return { kind: 'literal', value: word === 'true' };
  return { kind: 'identifier', name: word };
}

function parseNumber(scanner: Scanner): PathNode {
  const sign = scanner.accept('-') ? '-' : scanner.accept('+') ? '+' : '';
  const text = sign + scanner.takeWhile((char) => char === '.' || DIGIT.test(char));
  if (/^[+-]?\d+$/.test(text)) {
    const integer = BigInt(text.replace(/^\+/, ''));
    if (integer <= INT64_MAX && integer >= -INT64_MAX - 1n)
      return { kind: 'literal', value: new GoInteger('int', integer) };
  }
  const float = FLOAT.test(text) ? Number(text) : Number.NaN;
  if (!Number.isFinite(float)) throw new PathError(`cannot parse number ${text}`);
  return { kind: 'literal', value: float };
}

function parseQuoted(scanner: Scanner, quote: string): PathNode {
  const start = scanner.position - 1;
  for (;;) {
    const char = scanner.take();
    if (char === '' || char === '\n') throw new PathError('unterminated quoted string');
    // Kubernetes looks at one character only, so that an escaped backslash also escapes the quote after it.
    if (char === quote && scanner.before(2) !== '\\') break;
  }
  const quoted = scanner.since(start);
  const text = unquote(quoted);
  if (text === undefined) throw new PathError(`unquote string ${quoted} error invalid syntax`);
  return { kind: 'text', text };
}

function parseBrackets(scanner: Scanner): readonly PathNode[] {
  const inner = scanner.takeWhile((char) => char !== ']' && char !== '\n');
  if (scanner.take() !== ']') throw new PathError('unterminated array');
  const parts = inner.split(',');
  if (parts.length > 1)
    return [
      { kind: 'union', branches: parts.map((part) => parseInner(`[${part.replace(/^ +| +$/g, '')}]`)) },
    ];
  const key = DICT_KEY.exec(inner)?.[1];
  if (key !== undefined) return parseInner(`.${key}`);
  return [{ kind: 'array', bounds: parseBounds(inner === '*' ? ':' : inner) }];
}

function parseFilter(scanner: Scanner): FilterNode {
  const start = scanner.position;
  let quote = '';
  let closed = true;
  for (;;) {
    const char = scanner.take();
    if (char === '' || char === '\n') throw new PathError('unterminated filter');
    if (char === ')' && closed) break;
    if (char !== '"' && char !== "'") continue;
    if (quote === '') [quote, closed] = [char, false];
    else if (char === quote && scanner.before(2) !== '\\') closed = true;
  }
  const text = scanner.since(start).slice(0, -1);
  if (scanner.take() !== ']') throw new PathError('unclosed array expect ]');
  const [, left, operator, right] = COMPARISON.exec(text) ?? [];
  if (left === undefined || operator === undefined || right === undefined)
    return { kind: 'filter', left: parseInner(text), operator: 'exists', right: [] };
  return { kind: 'filter', left: parseInner(left), operator, right: parseInner(right) };
}

/** Go's `%#U`: the code point, and the character where it can be printed. */
function describe(char: string): string {
  const code = (char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
  return PRINTABLE.test(char) ? `U+${code} '${char}'` : `U+${code}`;
}
