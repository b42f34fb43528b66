/** What the placeholders of provider vectors stand for in one process (see the vectors' README). */
export interface Places {
  readonly server: string;
  readonly serverhost: string;
  readonly tlsserver: string;
  readonly tlshost: string;
  readonly badtlsserver: string;
  readonly badtlshost: string;
  readonly deadserver: string;
  readonly deadhost: string;
}

const NOW = /<now(?:-(\d+)s)?:([^>]+)>/g;

/** `value`, JSON of any depth, with places and times filled in all its texts. */
export function fillIn(value: unknown, places: Places, nowMs: number): unknown {
  if (typeof value === 'string') return fillText(value, places, nowMs);
  if (Array.isArray(value)) return value.map((item: unknown) => fillIn(item, places, nowMs));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [fillText(name, places, nowMs), fillIn(item, places, nowMs)]),
  );
}

function fillText(text: string, places: Places, nowMs: number): string {
  const placed = Object.entries(places).reduce(
    (filled, [name, place]: [string, string]) => filled.replaceAll(`<${name}>`, place),
    text,
  );
  return placed
    .replace(NOW, (_all, seconds: string | undefined, encoding: string) =>
      encodeTime(nowMs - Number(seconds ?? 0) * 1000, encoding),
    )
    .replaceAll('<yyyyMMdd>', isoOf(nowMs).slice(0, 10).replaceAll('-', ''));
}

const isoOf = (ms: number): string => new Date(ms).toISOString();

function encodeTime(ms: number, encoding: string): string {
  const iso = isoOf(ms);
  const wholeSeconds = Math.floor(ms / 1000);
  switch (encoding) {
    case 'unix':
      return String(wholeSeconds);
    case 'unix-float':
      return String(ms / 1000);
    case 'unix*1000':
      return String(wholeSeconds * 1000);
    case 'unixms':
      return String(ms);
    case 'rfc3339':
      return `${iso.slice(0, 19)}Z`;
    case 'yyyy-MM-dd HHmm':
      return localTime(ms);
    case 'yyyyMMddTHHmmssZ':
      return `${iso.slice(0, 19).replace(/[-:]/g, '')}Z`;
    default:
      throw new TypeError(`<now:${encoding}>: unknown encoding`);
  }
}

/** As `sv-SE` writes a time, `2024-05-01 12:00`, without its colon; in the time zone of the process. */
function localTime(ms: number): string {
  return new Date(ms).toLocaleString('sv-SE', { dateStyle: 'short', timeStyle: 'short' }).replace(':', '');
}
