import type { Argument } from '../../schemas/index.js';
import { firstEscapeForeignToJson, goQuoted } from './go-quote.js';

/** Text with its tags filled in, or the reference's message. */
export type Resolution =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly message: string };

const OPEN = '{{';
const CLOSE = '}}';
/** What Go's strings.TrimSpace removes; JavaScript's trim differs in U+0085 and U+FEFF. */
const GO_SPACE = '[\\t\\n\\v\\f\\r \\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]+';
const SURROUNDING_SPACE = new RegExp(`^${GO_SPACE}|${GO_SPACE}$`, 'g');

/**
 * Fills in `{{args.<name>}}`, in one pass: what a value contains is not looked at again. Of several tags without a value
 * the last is reported, and every argument must have a value whether it is used or not; both are the reference's ways.
 */
export function resolveArgs(template: string, args: readonly Argument[]): Resolution {
  return resolve(template, args, (value) => value);
}

/** {@link resolveArgs} with the values written as in a Go string literal, as they go into the JSON of a metric. */
export function resolveQuotedArgs(template: string, args: readonly Argument[]): Resolution {
  return resolve(template, args, goQuoted);
}

/** A text cut at its tags: `literals` is one longer than `tags`. */
interface Cut {
  readonly literals: readonly string[];
  readonly tags: readonly string[];
}

function resolve(template: string, args: readonly Argument[], write: (value: string) => string): Resolution {
  // A text that can not be cut is reported first.
  const cut = cutAtTags(template);
  if (typeof cut === 'string') return { ok: false, message: cut };
  const values = new Map<string, string>();
  for (const { name, value } of args) {
    if (value === undefined) return { ok: false, message: `argument "${name}" was not supplied` };
    values.set(`args.${name}`, write(value));
  }
  return fill(cut, values);
}

/** Fills in the tags of a text by their names, as {@link resolveArgs} does. */
export function fillTags(template: string, values: ReadonlyMap<string, string>): Resolution {
  const cut = cutAtTags(template);
  return typeof cut === 'string' ? { ok: false, message: cut } : fill(cut, values);
}

function fill(cut: Cut, values: ReadonlyMap<string, string>): Resolution {
  let text = cut.literals[0] ?? '';
  let unresolved: string | undefined;
  for (const [index, tag] of cut.tags.entries()) {
    const value = values.get(tag.replace(SURROUNDING_SPACE, ''));
    if (value === undefined) unresolved = tag;
    else text += value;
    text += cut.literals[index + 1] ?? '';
  }
  if (unresolved !== undefined) return { ok: false, message: `failed to resolve {{${unresolved}}}` };
  return { ok: true, text };
}

/** The tags of a text as they stand in it, untrimmed; a tag without an end gives the message about it. */
export function cutAtTags(template: string): Cut | string {
  const literals: string[] = [];
  const tags: string[] = [];
  let from = 0;
  for (;;) {
    const open = template.indexOf(OPEN, from);
    if (open === -1) break;
    literals.push(template.slice(from, open));
    const start = open + OPEN.length;
    const close = template.indexOf(CLOSE, start);
    if (close === -1) {
      const rest = goQuoted(template.slice(start));
      return `Cannot find end tag="${CLOSE}" in the template="${goQuoted(template)}" starting from "${rest}"`;
    }
    tags.push(template.slice(start, close));
    from = close + CLOSE.length;
  }
  literals.push(template.slice(from));
  return { literals, tags };
}

/** The message of a JSON text that {@link resolveQuotedArgs} broke with an escape JSON does not know; undefined: it is whole. */
export function brokenJsonMessage(args: readonly Argument[], json: string): string | undefined {
  const cut = cutAtTags(json);
  if (typeof cut === 'string') return undefined;
  const values = new Map(args.map(({ name, value }) => [`args.${name}`, value ?? '']));
  for (const tag of cut.tags) {
    const letter = firstEscapeForeignToJson(goQuoted(values.get(tag.replace(SURROUNDING_SPACE, '')) ?? ''));
    if (letter !== undefined) return `invalid character '${letter}' in string escape code`;
  }
  return undefined;
}
