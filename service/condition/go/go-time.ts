/** Go's package time for conditions: this file is the room's entry to it. */
import { GoError } from './go-error.js';
import { RFC3339 } from './go-layout.js';
import { parseTime } from './go-time-parse.js';
import { GoTime } from './values.js';
import type { Zone } from './zone.js';

export { RFC3339_NANO } from './go-layout.js';
export { formatTime, timeString } from './go-time-format.js';
export { GoTime };
export { parseTime } from './go-time-parse.js';

/** The layouts that `date(text)` tries, in this order. */
const DATE_LAYOUTS = [
  '2006-01-02',
  '15:04:05',
  '2006-01-02 15:04:05',
  RFC3339,
  '02 Jan 06 15:04 MST',
  'Monday, 02-Jan-06 15:04:05 MST',
  'Mon, 02 Jan 2006 15:04:05 MST',
] as const;

/** What `date(text)` without a layout reads. Throws GoError `invalid date X` when no layout fits. */
export function parseDate(text: string, zone?: Zone): GoTime {
  // No text fits two of the layouts, and a layout that does not fit costs an error with its stack.
  for (const layout of text[10] === 'T' ? [RFC3339, ...DATE_LAYOUTS] : DATE_LAYOUTS) {
    try {
      return parseTime(layout, text, zone);
    } catch (error) {
      if (!(error instanceof GoError)) throw error;
    }
  }
  throw new GoError(`invalid date ${text}`);
}
