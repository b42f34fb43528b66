import type { Measurement } from '../../schemas/index.js';

/** What stands in place of a secret. */
export const REDACTED = '*****';

/** The text with every secret replaced; an empty secret hides nothing. */
export function redactText(text: string, secrets: Iterable<string>): string {
  let redacted = text;
  for (const secret of secrets) if (secret !== '') redacted = redacted.replaceAll(secret, REDACTED);
  return redacted;
}

/**
 * The measurement without secrets in its message, value and metadata. The reference redacts messages only: a secret that
 * a server echoes would otherwise stand in the status.
 */
export function redactMeasurement(measurement: Measurement, secrets: Iterable<string>): Measurement {
  const hidden = [...secrets].filter((secret) => secret !== '');
  if (hidden.length === 0) return measurement;
  const { message, value, metadata } = measurement;
  return {
    ...measurement,
    ...(message === undefined ? {} : { message: redactText(message, hidden) }),
    ...(value === undefined ? {} : { value: redactText(value, hidden) }),
    ...(metadata === undefined
      ? {}
      : {
          metadata: Object.fromEntries(
            Object.entries(metadata).map(([key, text]) => [key, redactText(text, hidden)]),
          ),
        }),
  };
}
