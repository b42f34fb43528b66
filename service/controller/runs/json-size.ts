/** Bytes of a value as an API server writes it: Go escapes some characters that JSON.stringify does not. */
export function jsonBytes(value: unknown): number {
  const text = JSON.stringify(value);
  return Buffer.byteLength(text) + ESCAPE_BYTES * (text.match(/[<>&]/g)?.length ?? 0);
}

/** `<` is one byte, and `\u003c` six. */
const ESCAPE_BYTES = 5;
