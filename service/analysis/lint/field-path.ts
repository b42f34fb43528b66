/** The path of a member: `spec.args[0].name`, `metadata.labels['a/b']`. */
export function memberPath(path: string, key: string | number): string {
  if (typeof key === 'number') return `${path}[${key}]`;
  if (!/^[A-Za-z_$][\w$-]*$/.test(key)) return `${path}['${key.replace(/[\\']/g, '\\$&')}']`;
  return path === '' ? key : `${path}.${key}`;
}

/** A text in a document, and where it stands. The key of an object stands where its value does. */
export interface PlacedText {
  readonly path: string;
  readonly text: string;
}

/** Every text below a value: strings, and the keys of objects. */
export function* textsOf(value: unknown, path: string): Generator<PlacedText> {
  if (typeof value === 'string') {
    yield { path, text: value };
  } else if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) yield* textsOf(item, memberPath(path, index));
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, member] of Object.entries(value)) {
      const place = memberPath(path, key);
      yield { path: place, text: key };
      yield* textsOf(member, place);
    }
  }
}
