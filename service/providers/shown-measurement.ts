import type { Measurement } from '../../schemas/index.js';

/**
 * Characters of a value or message that are kept and shown. A server may answer with megabytes, which would stand in every
 * status, event, webhook and archive; and who may read a run should not read whole pages of a network through it.
 */
export const MAX_SHOWN = 4_096;

/** The measurement as it is kept: long texts are cut, and say how long they were. Conditions have judged the whole value. */
export function shownMeasurement(measurement: Measurement): Measurement {
  const { value = '', message = '' } = measurement;
  if (value.length <= MAX_SHOWN && message.length <= MAX_SHOWN) return measurement;
  return {
    ...measurement,
    ...(value === '' ? {} : { value: cut(value) }),
    ...(message === '' ? {} : { message: cut(message) }),
  };
}

/** At most {@link MAX_SHOWN} characters, so that what was cut once stays as it is. */
function cut(text: string): string {
  if (text.length <= MAX_SHOWN) return text;
  const marker = `… (cut: ${text.length} characters)`;
  const kept = text.slice(0, MAX_SHOWN - marker.length);
  // Half of a character outside the basic plane is no text.
  return `${/[\ud800-\udbff]$/.test(kept) ? kept.slice(0, -1) : kept}${marker}`;
}
