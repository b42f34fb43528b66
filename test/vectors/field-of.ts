/** The value at a path of plain JSON; undefined: there is none. */
export function fieldOf(json: unknown, ...path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>(
    (value, name) =>
      typeof value === 'object' && value !== null && Object.hasOwn(value, name)
        ? Object.getOwnPropertyDescriptor(value, name)?.value
        : undefined,
    json,
  );
}

/** The list at a path of plain JSON; empty when there is none. */
export function listOf(json: unknown, ...path: readonly (string | number)[]): readonly unknown[] {
  const list = fieldOf(json, ...path);
  return Array.isArray(list) ? list : [];
}

/** The body of the last answer of a recorded provider case, parsed; undefined: there is none, or it is not JSON. */
export function lastAnswer(input: unknown): unknown {
  const exchanges = fieldOf(input, 'exchanges');
  const body = fieldOf(Array.isArray(exchanges) ? exchanges.at(-1) : undefined, 'response', 'body');
  try {
    return typeof body === 'string' ? JSON.parse(body) : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
