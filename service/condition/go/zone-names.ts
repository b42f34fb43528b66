/**
 * Abbreviations of the tz database. Intl knows offsets for every zone but abbreviations only for the zones of one
 * locale at a time, so several English locales are asked in turn; what none knows is listed here or is numeric,
 * as the database itself does (`+04`).
 */
const LOCALES = ['en-US', 'en-GB', 'en-AU', 'en-NZ', 'en-IN', 'en-ZA'] as const;

/** Abbreviation or [standard, daylight] of zones that no English locale names. */
const LISTED: Readonly<Record<string, string | readonly [string, string] | undefined>> = {
  'Asia/Tokyo': 'JST',
  Japan: 'JST',
  'Asia/Seoul': 'KST',
  'Asia/Pyongyang': 'KST',
  ROK: 'KST',
  'Asia/Shanghai': 'CST',
  'Asia/Chongqing': 'CST',
  'Asia/Harbin': 'CST',
  'Asia/Taipei': 'CST',
  'Asia/Macau': 'CST',
  PRC: 'CST',
  ROC: 'CST',
  'Asia/Hong_Kong': 'HKT',
  Hongkong: 'HKT',
  'Asia/Manila': 'PST',
  'Asia/Karachi': 'PKT',
  'Asia/Kolkata': 'IST',
  'Asia/Calcutta': 'IST',
  'Asia/Jakarta': 'WIB',
  'Asia/Pontianak': 'WIB',
  'Asia/Makassar': 'WITA',
  'Asia/Ujung_Pandang': 'WITA',
  'Asia/Jayapura': 'WIT',
  'Asia/Jerusalem': ['IST', 'IDT'],
  'Asia/Tel_Aviv': ['IST', 'IDT'],
  Israel: ['IST', 'IDT'],
  'Europe/Moscow': 'MSK',
  'Europe/Simferopol': 'MSK',
  'Europe/Kirov': 'MSK',
  'Europe/Volgograd': 'MSK',
  'W-SU': 'MSK',
  'Africa/Johannesburg': 'SAST',
  'Africa/Maseru': 'SAST',
  'Africa/Mbabane': 'SAST',
  'Pacific/Guam': 'ChST',
  'Pacific/Saipan': 'ChST',
  'Pacific/Pago_Pago': 'SST',
  'Pacific/Midway': 'SST',
  'Pacific/Samoa': 'SST',
  'US/Samoa': 'SST',
  'Etc/UTC': 'UTC',
  'Etc/UCT': 'UTC',
  'Etc/Universal': 'UTC',
  'Etc/Zulu': 'UTC',
  UCT: 'UTC',
  Universal: 'UTC',
  Zulu: 'UTC',
  EST: 'EST',
  MST: 'MST',
  HST: 'HST',
};
/** Zones of Africa by their common standard time. */
const AFRICA: Readonly<Record<number, string | undefined>> = {
  0: 'GMT',
  3600: 'WAT',
  7200: 'CAT',
  10800: 'EAT',
};
const formats = new Map<string, Intl.DateTimeFormat>();

/** The abbreviation of a zone of the database at an instant (seconds since the epoch), given its offset then. */
export function abbreviationOf(zone: string, unixSeconds: number, offset: number, dst: boolean): string {
  const listed = LISTED[zone];
  if (typeof listed === 'string') return listed;
  if (listed !== undefined) return listed[dst ? 1 : 0];
  for (const locale of LOCALES) {
    const name = intlName(locale, zone, unixSeconds);
    if (name !== undefined) return name;
  }
  if (zone.startsWith('Africa/') && !dst) return AFRICA[offset] ?? numeric(offset);
  return numeric(offset);
}

function intlName(locale: string, zone: string, unixSeconds: number): string | undefined {
  const key = `${locale} ${zone}`;
  let format = formats.get(key);
  if (format === undefined) {
    format = new Intl.DateTimeFormat(locale, { timeZone: zone, timeZoneName: 'short' });
    if (formats.size >= 200) formats.clear();
    formats.set(key, format);
  }
  const name = format.formatToParts(unixSeconds * 1000).find((part) => part.type === 'timeZoneName')?.value;
  return name === undefined || /^(GMT|UTC)[+-]|[^A-Za-z]/.test(name) ? undefined : name;
}

/** `+04`, `-0330`: how the database names what has no letters. */
function numeric(offset: number): string {
  const minutes = Math.floor(Math.abs(offset) / 60);
  const hh = String(Math.floor(minutes / 60)).padStart(2, '0');
  const mm = minutes % 60 === 0 ? '' : String(minutes % 60).padStart(2, '0');
  return `${offset < 0 ? '-' : '+'}${hh}${mm}`;
}
