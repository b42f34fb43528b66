/** A piece of a Go time layout: literal text, then one element (`''` at the end of the layout). */
export interface LayoutChunk {
  readonly literal: string;
  /** As it stands in the layout: `2006`, `Jan`, `Z07:00`, `.000`, … */
  readonly element: string;
}

const ELEMENT =
  /January|Jan(?![a-z])|Monday|Mon(?![a-z])|MST|002|0[1-6]|15|1|_2006|2006|__2|_2|2|3|4|5|PM|pm|[-Z]07(?:0000|:00:00|00|:00)?|[.,](?:0+|9+)(?!\d)/g;

/** Takes a layout apart as package time does. The last chunk has no element. */
export function layoutChunks(layout: string): readonly LayoutChunk[] {
  const chunks: LayoutChunk[] = [];
  let from = 0;
  for (const match of layout.matchAll(ELEMENT)) {
    const text = match[0];
    const literal = layout.slice(from, match.index);
    // The underscore before a year is no padding.
    chunks.push(text === '_2006' ? { literal: `${literal}_`, element: '2006' } : { literal, element: text });
    from = match.index + text.length;
  }
  chunks.push({ literal: layout.slice(from), element: '' });
  return chunks;
}

/** Whether an element is a fraction of a second: `.000`, `,999`. */
export function isFraction(element: string): boolean {
  return element.startsWith('.') || element.startsWith(',');
}

/** Names of the months, January first. */
export const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
] as const;
/** Names of the days of the week, Sunday first. */
export const WEEKDAYS = [
  'Sunday',
  'Monday',
  'Tuesday',
  'Wednesday',
  'Thursday',
  'Friday',
  'Saturday',
] as const;

/** How time.RFC3339Nano is written. */
export const RFC3339_NANO = '2006-01-02T15:04:05.999999999Z07:00';
/** How time.RFC3339 is written. */
export const RFC3339 = '2006-01-02T15:04:05Z07:00';
