/** Strings, brackets, numbers and names of valid JSON; commas, colons and white space lie between them. */
const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\]]|[^\s,:{}[\]"]+/y;
const BETWEEN = /[\s,:]*/y;

/**
 * The value of a text that is one JSON object or list; undefined when it is not, or when something in it has to be told
 * with its place: a key that is there twice, a number that is infinite, nesting deeper than `maxDepth`. Many times faster
 * than reading the same as YAML.
 */
export function readJson(text: string, maxDepth: number): { readonly value: unknown } | undefined {
  if (!/^\s*[{[]/.test(text)) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    // Perhaps it is YAML; if not, its parser tells every fault and its place.
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
  return isPlain(text, maxDepth) ? { value } : undefined;
}

/** Whether valid JSON has unique keys, finite numbers and bounded depth. */
function isPlain(text: string, maxDepth: number): boolean {
  const open: (Set<string> | undefined)[] = [];
  let at = 0;
  for (;;) {
    BETWEEN.lastIndex = at;
    BETWEEN.test(text);
    TOKEN.lastIndex = BETWEEN.lastIndex;
    const token = TOKEN.exec(text)?.[0];
    if (token === undefined) return true;
    at = TOKEN.lastIndex;
    const first = token[0];
    if (first === '{' || first === '[') {
      open.push(first === '{' ? new Set() : undefined);
      if (open.length > maxDepth) return false;
    } else if (first === '}' || first === ']') {
      open.pop();
    } else if (first === '"') {
      const keys = open.at(-1);
      if (keys === undefined || !isKey(text, at)) continue;
      const key: unknown = JSON.parse(token);
      if (typeof key !== 'string' || keys.has(key)) return false;
      keys.add(key);
    } else if (/[-\d]/.test(first ?? '') && !Number.isFinite(Number(token))) {
      return false;
    }
  }
}

function isKey(text: string, end: number): boolean {
  let at = end;
  while (text[at] === ' ' || text[at] === '\n' || text[at] === '\r' || text[at] === '\t') at++;
  return text[at] === ':';
}
