/** The longest time that a server's wish is respected, in ms: a slip there must not silence it here for days. */
const LONGEST_MS = 10 * 60_000;

/**
 * When a server wants to be asked again (`Retry-After`: seconds, or a date), epoch ms; undefined: it does not say, it
 * says something else, or that time has come.
 */
export function retryAfterMs(header: string | undefined, nowMs: number): number | undefined {
  const text = header?.trim() ?? '';
  // A date has the name of its day; Date.parse alone would take "1.5" for one.
  const untilMs = /^\d+$/.test(text)
    ? nowMs + Number(text) * 1_000
    : /^[A-Za-z]{3,9},? /.test(text)
      ? Date.parse(text)
      : Number.NaN;
  return untilMs > nowMs ? Math.min(untilMs, nowMs + LONGEST_MS) : undefined;
}
