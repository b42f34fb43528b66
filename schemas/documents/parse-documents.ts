import { isAlias, isMap, isScalar, isSeq } from 'yaml';
import { isList, isObject } from './json-schema.js';
import { readJson } from './json-text.js';
import { parsePath, type Path } from './path.js';
import { DocumentTextError, type Position, type TextFaultCode } from './text-fault.js';
import { MAX_TEXT_DEPTH, readYaml, type YamlDocument } from './yaml-text.js';

/** Bytes of a text beyond which it is refused, unless the caller sets another limit. */
export const MAX_TEXT_BYTES = 1024 * 1024;

/** Options of {@link parseDocuments}. */
export interface ParseOptions {
  /** Name of the text in messages, e.g. a file name. */
  readonly source?: string;
  /** Size limit in bytes of UTF-8. Default {@link MAX_TEXT_BYTES}. */
  readonly maxBytes?: number;
  /** Limit of what a text of YAML consists of: words, punctuation, line ends. Default: what 1 MiB of specs has. */
  readonly maxTokens?: number;
}

/** One document of a text. */
export interface ParsedDocument {
  /** `kind` of the object, when it has one. */
  readonly kind?: string;
  /** `apiVersion` of the object, when it has one. */
  readonly apiVersion?: string;
  /** Plain JSON data. Shapes are not checked: that is `validateDocument`. */
  readonly value: unknown;
  /**
   * Where the field of a path (as faults have it) stands in the text: its key, or the item of a list. For a field that
   * is not there: the nearest thing around it.
   */
  position(path: string): Position;
}

/**
 * Reads the documents of a YAML or JSON text; empty ones are left out and Kubernetes lists (`kind: List`) are taken
 * apart. A byte order mark at the beginning counts for nothing.
 * @throws DocumentTextError when the text is malformed, no UTF-8, too large, too deep or has too many aliases, and when
 * it has nothing but a list without items.
 */
export function parseDocuments(text: string, options: ParseOptions = {}): readonly ParsedDocument[] {
  const { source, maxBytes = MAX_TEXT_BYTES, maxTokens } = options;
  const refuse = (code: TextFaultCode, message: string): never => {
    throw new DocumentTextError([{ code, message }], source);
  };
  const bytes = Buffer.byteLength(text);
  if (bytes > maxBytes) refuse('tooLarge', `too large: ${bytes} bytes, at most ${maxBytes} are read`);
  // What UTF-16 looks like when it is decoded as UTF-8, with a byte order mark or without.
  if (text.startsWith('\uFFFD\uFFFD') || text.includes('\0'))
    refuse('encoding', 'is not UTF-8: save it as UTF-8 text (it looks like UTF-16 or binary data)');
  const parts = partsOf(text.replace(/^\uFEFF/, ''), source, maxTokens);
  const documents = parts.flatMap((part) =>
    itemsOf(part.value).map(({ value, path }) => parsedDocument(part, value, path)),
  );
  if (documents.length === 0 && parts.length > 0) refuse('empty', 'the list is empty: it has no items');
  return documents;
}

/** A document of a text before lists are taken apart. */
interface Part {
  readonly value: unknown;
  readonly position: (path: Path) => Position;
}

/** JSON is read as such, which is far quicker; what has no place in it, and all else, as YAML. */
function partsOf(text: string, source: string | undefined, maxTokens: number | undefined): readonly Part[] {
  const json = readJson(text, MAX_TEXT_DEPTH);
  if (json === undefined) return yamlParts(text, source, maxTokens);
  let placed: Part | undefined;
  return [
    {
      value: json.value,
      position: (path) => {
        placed ??= yamlParts(text, source)[0];
        return placed?.position(path) ?? { line: 1, column: 1 };
      },
    },
  ];
}

function yamlParts(text: string, source: string | undefined, maxTokens?: number): readonly Part[] {
  const { documents, lines } = readYaml(text, source, maxTokens);
  return documents
    .filter(({ value }) => value !== null && value !== undefined)
    .map((document) => ({
      value: document.value,
      position: (path) => {
        const { line, col } = lines.linePos(offsetOf(document, path));
        return { line: Math.max(1, line), column: Math.max(1, col) };
      },
    }));
}

/** The objects in a Kubernetes list, or the value itself. */
function itemsOf(value: unknown): { readonly value: unknown; readonly path: Path }[] {
  const listed =
    isObject(value) &&
    typeof value['kind'] === 'string' &&
    value['kind'].endsWith('List') &&
    isList(value['items']);
  if (!listed || !isList(value['items'])) return [{ value, path: [] }];
  return value['items'].map((item, index) => ({ value: item, path: ['items', index] }));
}

function parsedDocument(part: Part, value: unknown, root: Path): ParsedDocument {
  const text = (field: string): string | undefined => {
    const found = isObject(value) && Object.hasOwn(value, field) ? value[field] : undefined;
    return typeof found === 'string' ? found : undefined;
  };
  const [kind, apiVersion] = [text('kind'), text('apiVersion')];
  return {
    ...(kind === undefined ? {} : { kind }),
    ...(apiVersion === undefined ? {} : { apiVersion }),
    value,
    position: (path) => part.position([...root, ...(parsePath(path) ?? [])]),
  };
}

/** Offset of the last step of the path that is in the text. */
function offsetOf({ document }: YamlDocument, path: Path): number {
  let node: unknown = document.contents;
  let offset = document.contents?.range[0] ?? 0;
  for (const step of path) {
    if (isAlias(node)) node = node.resolve(document);
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === step);
      if (pair === undefined || !isScalar(pair.key)) return offset;
      offset = pair.key.range?.[0] ?? offset;
      node = pair.value;
    } else if (isSeq(node) && typeof step === 'number') {
      const item = node.items[step];
      if (item === undefined) return offset;
      node = item;
      offset = rangeStart(item) ?? offset;
    } else {
      return offset;
    }
  }
  return offset;
}

function rangeStart(node: unknown): number | undefined {
  return isMap(node) || isSeq(node) || isScalar(node) || isAlias(node) ? node.range?.[0] : undefined;
}
