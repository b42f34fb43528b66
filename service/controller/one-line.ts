const HINT = 'hint: ';

/**
 * A message in one line, for the status of an object, its conditions and its events, which people see in columns. Of a
 * condition's fault the excerpt with the caret is left out, which only makes sense line by line; its place and the hint stay.
 */
export function inOneLine(message: string): string {
  const [first = '', ...rest] = message.split('\n');
  const hint = rest.find((line) => line.startsWith(HINT));
  return hint === undefined ? first : `${first} — ${hint}`;
}
