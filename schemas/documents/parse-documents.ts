import { isAlias, isMap, isScalar, isSeq, type LineCounter } from 'yaml';
import { isList, isObject } from './json-schema.js';
import { parsePath, type Path } from './path.js';
import { DocumentTextError, type Position } from './text-fault.js';
import { readYaml, type YamlDocument } from './yaml-text.js';

/** Bytes of a text beyond which it is refused, unless the caller sets another limit. */
export const MAX_TEXT_BYTES = 1024 * 1024;

/** Options of {@link parseDocuments}. */
export interface ParseOptions {
  /** Name of the text in messages, e.g. a file name. */
  readonly source?: string;
  /** Size limit in bytes of UTF-8. Default {@link MAX_TEXT_BYTES}. */
  readonly maxBytes?: number;
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
 * apart.
 * @throws DocumentTextError when the text is malformed, too large, too deep or has too many aliases.
 */
export function parseDocuments(text: string, options: ParseOptions = {}): readonly ParsedDocument[] {
  const { source, maxBytes = MAX_TEXT_BYTES } = options;
  const bytes = Buffer.byteLength(text);
  if (bytes > maxBytes) {
    throw new DocumentTextError(
      [{ code: 'tooLarge', message: `too large: ${bytes} bytes, at most ${maxBytes} are read` }],
      source,
    );
  }
  const { documents, lines } = readYaml(text.replace(/^\uFEFF/, ' '), source);
  return documents
    .filter(({ value }) => value !== null && value !== undefined)
    .flatMap((document) =>
      itemsOf(document.value).map(({ value, path }) => parsedDocument(document, value, path, lines)),
    );
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

function parsedDocument(
  document: YamlDocument,
  value: unknown,
  root: Path,
  lines: LineCounter,
): ParsedDocument {
  const text = (field: string): string | undefined => {
    const found = isObject(value) && Object.hasOwn(value, field) ? value[field] : undefined;
    return typeof found === 'string' ? found : undefined;
  };
  const [kind, apiVersion] = [text('kind'), text('apiVersion')];
  return {
    ...(kind === undefined ? {} : { kind }),
    ...(apiVersion === undefined ? {} : { apiVersion }),
    value,
    position(path) {
      const { line, col } = lines.linePos(offsetOf(document, [...root, ...(parsePath(path) ?? [])]));
      return { line: Math.max(1, line), column: Math.max(1, col) };
    },
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
