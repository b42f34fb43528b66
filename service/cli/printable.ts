const ESCAPES: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/**
 * A text on one line that does nothing to a terminal: control characters (and the marks that turn the direction of
 * writing) are shown as escapes. Measured values and messages come from outside.
 */
export function printable(text: string): string {
  return text.replace(
    /\p{Control}|[\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu,
    (character) => ESCAPES[character] ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });
/** What terminals draw two columns wide: emoji and the scripts of East Asia. */
const WIDE =
  /\p{Emoji_Presentation}|[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]/u;

const characters = (text: string): string[] => Array.from(segmenter.segment(text), ({ segment }) => segment);
const characterWidth = (character: string): number => (WIDE.test(character) ? 2 : 1);

/** Columns that a printable text takes on a terminal. */
export function textWidth(text: string): number {
  return characters(text).reduce((width, character) => width + characterWidth(character), 0);
}

/** At most `width` columns, the last one an ellipsis when something is missing. */
export function shorten(text: string, width: number): string {
  if (textWidth(text) <= width) return text;
  if (width < 1) return '';
  let kept = '';
  let left = width - 1;
  for (const character of characters(text)) {
    left -= characterWidth(character);
    if (left < 0) break;
    kept += character;
  }
  return `${kept}…`;
}

/** Filled with spaces to `width` columns. */
export function padded(text: string, width: number): string {
  return `${text}${' '.repeat(Math.max(0, width - textWidth(text)))}`;
}
