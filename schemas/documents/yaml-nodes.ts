import { type Document, isAlias, isMap, isNode, isScalar, isSeq, Scalar, type YAMLMap } from 'yaml';
import type { TextFaultCode } from './text-fault.js';

/** A fault and its offset in the text. */
export interface RawFault {
  readonly code: TextFaultCode;
  readonly message: string;
  /** Offset in the text. */
  readonly offset?: number;
}

/**
 * Finds what the library does not check, or not in linear time: keys, aliases, and numbers that JSON does not have. On
 * the way, keys become the texts they were written as, and so do arguments without quotes.
 */
export function checkNodes(document: Document.Parsed, text: string): RawFault[] {
  const faults: RawFault[] = [];
  const anchors = new Set<string>();
  const open = new Set<string>();
  const fault = (
    code: TextFaultCode,
    message: string,
    node: { range?: readonly number[] | null | undefined },
  ): void => {
    faults.push({ code, message, ...offsetOf(node.range) });
  };

  // Recursive, in the order of the text; the parser has bounded the depth.
  const visit = (node: unknown): void => {
    if (isAlias(node)) {
      if (open.has(node.source)) fault('aliases', `the anchor "${node.source}" is used inside itself`, node);
      else if (!anchors.has(node.source))
        fault('aliases', `there is no anchor "${node.source}" before this`, node);
      return;
    }
    if (isScalar(node) && typeof node.value === 'number' && !Number.isFinite(node.value)) {
      fault('number', 'infinity and NaN are not allowed: put them in quotes', node);
    }
    const anchor = isScalar(node) || isMap(node) || isSeq(node) ? node.anchor : undefined;
    if (anchor !== undefined) open.add(anchor);
    if (isMap(node)) visitMap(node);
    if (isSeq(node)) for (const [index, item] of node.items.entries()) node.items[index] = visitItem(item);
    if (anchor !== undefined) open.delete(anchor);
    if (anchor !== undefined) anchors.add(anchor);
  };

  const visitMap = (map: YAMLMap): void => {
    const seen = new Set<string>();
    for (const pair of map.items) {
      const { key } = pair;
      if (!isScalar(key)) {
        fault(
          'syntax',
          'a key must be a text (an argument as a value may need quotes: "{{args.name}}")',
          isNode(key) ? key : map,
        );
      } else if (typeof key.value !== 'symbol') {
        const name = typeof key.value === 'string' ? key.value : (key.source ?? '');
        key.value = name;
        if (seen.has(name)) fault('duplicateKey', `the key "${shorten(name)}" is there twice`, key);
        seen.add(name);
      }
      pair.value = visitItem(pair.value);
    }
  };

  const visitItem = (node: unknown): unknown => {
    const argument = bareArgument(node, text);
    if (argument !== undefined) return new Scalar(argument);
    visit(node);
    return node;
  };

  visit(document.contents);
  return faults;
}

/**
 * `{{args.name}}` without quotes is, in YAML, a map in a map. Manifests have it, nothing else can be meant by it, so it
 * is read as the text.
 */
function bareArgument(node: unknown, text: string): string | undefined {
  if (!isMap(node) || node.flow !== true || node.items.length !== 1 || !node.range) return undefined;
  const source = text.slice(node.range[0], node.range[1]);
  return /^\{\{[^{}]*\}\}$/.test(source) ? source : undefined;
}

const shorten = (name: string): string => (name.length > 60 ? `${name.slice(0, 60)}…` : name);

const offsetOf = (range: readonly number[] | null | undefined): { offset?: number } => {
  const offset = range?.[0];
  return offset === undefined ? {} : { offset };
};
