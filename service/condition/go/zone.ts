import { GoError } from './go-error.js';
import { abbreviationOf } from './zone-names.js';

const HALF_YEAR = 182 * 86_400;
/** Where the database calls winter time the saving one. */
const IRELAND = new Set(['Europe/Dublin', 'Eire']);
/** Near enough that neither summer nor winter time (four months at least) falls between two of them. */
const YEAR_AROUND = [-HALF_YEAR, -HALF_YEAR / 2, HALF_YEAR / 2, HALF_YEAR];
/** The span of Intl; outside of it a zone keeps the offset of the nearest instant. */
const MAX_MS = 8.64e15;

/** Offset (seconds east of UTC) and abbreviation of a zone at an instant. */
export interface ZoneState {
  readonly offset: number;
  readonly abbreviation: string;
}

/**
 * A Go time.Location: UTC, a fixed offset, or a zone of the tz database (through Intl). `name` is what
 * Location.String() gives: empty for the bare offset of a parsed time.
 */
export class Zone {
  readonly name: string;
  private readonly fixed: ZoneState | undefined;
  private readonly format: Intl.DateTimeFormat | undefined;

  private constructor(name: string, fixed: ZoneState | undefined, format?: Intl.DateTimeFormat) {
    this.name = name;
    this.fixed = fixed;
    this.format = format;
  }

  static readonly utc = new Zone('UTC', { offset: 0, abbreviation: 'UTC' });

  /** time.FixedZone: `name` is the location's name and its abbreviation. */
  static fixed(name: string, offset: number): Zone {
    return new Zone(name, { offset, abbreviation: name });
  }

  /**
   * time.LoadLocation. `""`, `UTC` and `Local` (the service runs in UTC, as the reference's image does) are UTC.
   * Throws GoError: `unknown time zone X`, as for a name that is no file name of the database.
   */
  static load(name: string): Zone {
    if (name === '' || name === 'UTC' || name === 'Local') return Zone.utc;
    const known = cache.get(name);
    if (known !== undefined) return known;
    if (name.includes('..') || /^[/\\]/.test(name)) throw new GoError('time: invalid location name');
    const format = intlFormat(name);
    if (format === undefined) throw new GoError(`unknown time zone ${name}`);
    const zone = new Zone(name, undefined, format);
    if (cache.size >= MAX_CACHED) cache.clear();
    cache.set(name, zone);
    return zone;
  }

  /** What holds in this zone at an instant (seconds since the epoch). */
  at(unixSeconds: number): ZoneState {
    if (this.fixed !== undefined) return this.fixed;
    const offset = this.offsetAt(unixSeconds);
    return {
      offset,
      abbreviation: abbreviationOf(this.name, unixSeconds, offset, () => this.isDst(unixSeconds)),
    };
  }

  /** Seconds east of UTC at an instant (seconds since the epoch). */
  offsetAt(unixSeconds: number): number {
    if (this.fixed !== undefined) return this.fixed.offset;
    const ms = Math.max(-MAX_MS, Math.min(MAX_MS, unixSeconds * 1000));
    const part: Record<string, number> = {};
    let era = 'AD';
    for (const { type, value } of this.format?.formatToParts(ms) ?? []) {
      if (type === 'era') era = value;
      else if (type !== 'literal') part[type] = Number(value);
    }
    const local = new Date(0);
    const year = part['year'] ?? 0;
    local.setUTCFullYear(era === 'AD' ? year : 1 - year, (part['month'] ?? 1) - 1, part['day'] ?? 1);
    local.setUTCHours(part['hour'] ?? 0, part['minute'] ?? 0, part['second'] ?? 0);
    return Math.round((local.getTime() - Math.floor(ms / 1000) * 1000) / 1000);
  }

  /**
   * The offset that an abbreviation stands for in this zone near a wall time (seconds, read as if UTC);
   * undefined for UTC, whose only name needs no search, and for names that the zone does not use.
   */
  offsetOfName(abbreviation: string, wallSeconds: number): number | undefined {
    if (this === Zone.utc) return undefined;
    const near = [0, -HALF_YEAR, HALF_YEAR]
      .map((shift) => this.at(wallSeconds + shift))
      .filter((state) => state.abbreviation === abbreviation);
    const inForce = near.find((state) => this.at(wallSeconds - state.offset).abbreviation === abbreviation);
    return (inForce ?? near[0])?.offset;
  }

  /**
   * Time.IsDST: the offset is greater than the least of the surrounding year.
   */
  isDst(unixSeconds: number): boolean {
    if (this.fixed !== undefined) return false;
    const offset = this.offsetAt(unixSeconds);
    if (IRELAND.has(this.name)) return offset === 0;
    return YEAR_AROUND.some((shift) => this.offsetAt(unixSeconds + shift) < offset);
  }
}

const MAX_CACHED = 1000;
const cache = new Map<string, Zone>();

/** Names that ICU knows besides the database, and the database's own short ones. */
const SHORT_NAMES = new Set([
  'CET',
  'EET',
  'EST',
  'GMT',
  'HST',
  'MET',
  'MST',
  'PRC',
  'ROC',
  'ROK',
  'UCT',
  'WET',
]);

/** Whether it can be a file name of the database: Intl also takes offsets, any letter case and names of its own. */
function looksLikeName(name: string): boolean {
  if (!/^[A-Z]/.test(name) || name.startsWith('SystemV/')) return false;
  return name.length !== 3 || SHORT_NAMES.has(name);
}

function intlFormat(name: string): Intl.DateTimeFormat | undefined {
  if (!looksLikeName(name)) return undefined;
  try {
    const format = new Intl.DateTimeFormat('en-US', {
      timeZone: name,
      calendar: 'gregory',
      hourCycle: 'h23',
      era: 'short',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    const canonical = format.resolvedOptions().timeZone;
    return canonical !== name && canonical.toLowerCase() === name.toLowerCase() ? undefined : format;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
