/** Milliseconds since the epoch as RFC 3339 in UTC with milliseconds, the form of every time in our statuses. */
export function toMoment(epochMs: number): string {
  return new Date(epochMs).toISOString();
}

/** Milliseconds since the epoch of an RFC 3339 time; undefined when it is absent or not a time. */
export function fromMoment(moment: string | undefined): number | undefined {
  if (moment === undefined) return undefined;
  const epochMs = Date.parse(moment);
  return Number.isNaN(epochMs) ? undefined : epochMs;
}
