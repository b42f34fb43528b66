import { Composer, type Document, Lexer, LineCounter, Parser, type Tags } from 'yaml';
import { DocumentTextError, excerptAt, type TextFault } from './text-fault.js';
import { checkNodes, type RawFault } from './yaml-nodes.js';

/** Levels of nesting beyond which a text is refused. Composing is recursive: deep text would end the process. */
export const MAX_TEXT_DEPTH = 120;
/** Tokens beyond which a text is refused; about what one MiB of an ordinary spec has. */
export const MAX_TOKENS = 400_000;
/** Documents beyond which a text is refused: an empty one costs as much as a hundred tokens. */
const MAX_DOCUMENTS = 1_000;
/** Uses of anchors beyond which a text is refused; the library multiplies nested ones. */
const MAX_ALIASES = 100;
/** Faults of a text that are listed. */
const MAX_TEXT_FAULTS = 20;

/** A document of a text, composed and free of faults. */
export interface YamlDocument {
  readonly document: Document.Parsed;
  readonly value: unknown;
}

/** The documents of a text and the counter of its lines. */
export interface YamlText {
  readonly documents: readonly YamlDocument[];
  readonly lines: LineCounter;
}

/**
 * Reads YAML (and so JSON) as Kubernetes' tools do: YAML 1.1's words for true and false (`yes`, `on`), but no times,
 * sets or base-60 numbers. Keys must be unique. No tag constructs anything.
 * @param maxTokens beyond which the text is refused before anything is made of it.
 * @throws DocumentTextError with the first faults and their places.
 */
export function readYaml(text: string, source?: string, maxTokens: number = MAX_TOKENS): YamlText {
  const lines = new LineCounter();
  const fail = (faults: readonly RawFault[]): never => {
    const told = faults.slice(0, MAX_TEXT_FAULTS).map((fault) => placed(fault, text, lines));
    const rest = faults.length - told.length;
    const more: readonly TextFault[] =
      rest > 0 ? [{ code: 'syntax', message: `and ${rest} more faults` }] : [];
    throw new DocumentTextError([...told, ...more], source);
  };

  const tokens = parse(text, lines, maxTokens, fail);
  const composer = new Composer({
    version: '1.1',
    schema: 'yaml-1.1',
    customTags: plainTags,
    // Quadratic in the library; checked below with a set.
    uniqueKeys: false,
    lineCounter: lines,
    prettyErrors: false,
    logLevel: 'silent',
  });
  const documents = [...composer.compose(tokens, false, text.length)];

  const faults = documents.flatMap((document) => [
    ...documentFaults(document),
    ...checkNodes(document, text),
  ]);
  if (faults.length > 0) fail(faults.sort((left, right) => (left.offset ?? 0) - (right.offset ?? 0)));
  return { lines, documents: documents.map((document) => ({ document, value: toValue(document, fail) })) };
}

/** The library's parser keeps its own stack, so depth and size can be checked while it works. */
function parse(
  text: string,
  lines: LineCounter,
  maxTokens: number,
  fail: (faults: readonly RawFault[]) => never,
) {
  const parser = new Parser(lines.addNewLine);
  lines.addNewLine(0);
  const parsed = [];
  const unreadable: RawFault[] = [];
  let count = 0;
  let documents = 0;
  for (const lexeme of new Lexer().lex(text)) {
    if (++count > maxTokens)
      fail([{ code: 'tooLarge', message: `too large: more than ${maxTokens} tokens` }]);
    for (const token of parser.next(lexeme)) {
      if (token.type === 'error')
        unreadable.push({ code: 'syntax', message: token.message, offset: token.offset });
      if (token.type === 'document' && ++documents > MAX_DOCUMENTS)
        fail([{ code: 'tooLarge', message: `too large: more than ${MAX_DOCUMENTS} documents` }]);
      parsed.push(token);
    }
    if (unreadable.length >= MAX_TEXT_FAULTS) fail(unreadable);
    if (parser.stack.length > MAX_TEXT_DEPTH) {
      fail([
        { code: 'tooDeep', message: `nested more than ${MAX_TEXT_DEPTH} levels deep`, offset: parser.offset },
      ]);
    }
  }
  for (const token of parser.end()) parsed.push(token);
  return parsed;
}

const UNWANTED_TAGS = new Set(
  ['binary', 'omap', 'pairs', 'set', 'timestamp'].map((name) => `tag:yaml.org,2002:${name}`),
);

/** YAML 1.1 without what JSON can not hold, and without `1:30` meaning 90. */
const plainTags = (tags: Tags): Tags =>
  tags.filter(
    (tag) =>
      typeof tag === 'object' && !UNWANTED_TAGS.has(tag.tag) && !('format' in tag && tag.format === 'TIME'),
  );

/** What to do about faults whose message does not tell. */
const ADVICE: Readonly<Partial<Record<string, string>>> = {
  BLOCK_AS_IMPLICIT_KEY: ': if this is one text, put it in quotes',
};

function documentFaults(document: Document.Parsed): RawFault[] {
  const errors = document.errors.map(
    (error): RawFault => ({
      code: 'syntax',
      message: `${error.message}${ADVICE[error.code] ?? ''}`,
      offset: error.pos[0],
    }),
  );
  const tags = document.warnings
    .filter((warning) => warning.code === 'TAG_RESOLVE_FAILED')
    .map(
      (warning): RawFault => ({
        code: 'tag',
        message: warning.message.replace('Unresolved tag', 'tags are not allowed'),
        offset: warning.pos[0],
      }),
    );
  return [...errors, ...tags];
}

function toValue(document: Document.Parsed, fail: (faults: readonly RawFault[]) => never): unknown {
  try {
    return document.toJS({ maxAliasCount: MAX_ALIASES });
  } catch (error) {
    if (error instanceof Error && error.message.startsWith('Merge sources must be maps'))
      return fail([{ code: 'syntax', message: 'what << merges must be a map, or an anchor of one' }]);
    // The library's answer to too many aliases; the other ways to get one are ruled out by checkNodes.
    if (!(error instanceof ReferenceError)) throw error;
    return fail([
      { code: 'aliases', message: `more than ${MAX_ALIASES} uses of anchors, counting nested ones` },
    ]);
  }
}

function placed({ code, message, offset }: RawFault, text: string, lines: LineCounter): TextFault {
  if (offset === undefined) return { code, message };
  const { line, col } = lines.linePos(Math.min(offset, text.length));
  const position = { line: Math.max(1, line), column: Math.max(1, col) };
  return { code, message, position, excerpt: excerptAt(text, position) };
}
