import { isDeepStrictEqual } from 'node:util';
import type { Difference } from './deviations.js';

/** Characters of a value or message that ours shows. */
const MAX_SHOWN = 4_096;

/** Values and messages of more characters than are shown: ours has their beginning and says how long they were. All else is the same. */
export const isCutShort = ({ expected, actual }: Difference): boolean =>
  isDeepStrictEqual(textsCut(expected), actual);

function textsCut(json: unknown): unknown {
  if (Array.isArray(json)) return json.map(textsCut);
  if (typeof json !== 'object' || json === null) return json;
  return Object.fromEntries(
    Object.entries(json).map(([key, member]: [string, unknown]) => [
      key,
      (key === 'value' || key === 'message') && typeof member === 'string' ? cut(member) : textsCut(member),
    ]),
  );
}

function cut(text: string): string {
  if (text.length <= MAX_SHOWN) return text;
  const marker = `… (cut: ${text.length} characters)`;
  return `${text.slice(0, MAX_SHOWN - marker.length)}${marker}`;
}
