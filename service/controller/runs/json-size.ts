/**
 * Bytes of a value as an API server writes it: Go escapes some characters that JSON.stringify does not. Without end: it is
 * nested too deeply to be written here, and must not keep all others from being read.
 */
export function jsonBytes(value: unknown): number {
  let text: string;
  try {
    text = JSON.stringify(value);
  } catch (error) {
    if (error instanceof RangeError) return Number.POSITIVE_INFINITY;
    throw error;
  }
  return Buffer.byteLength(text) + ESCAPE_BYTES * (text.match(/[<>&]/g)?.length ?? 0);
}

/** `<` is one byte, and `\u003c` six. */
const ESCAPE_BYTES = 5;
