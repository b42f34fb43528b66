/**
 * Abbreviations of the tz database. Intl knows offsets for every zone but abbreviations only for the zones of one
 * locale at a time, so several English locales are asked in turn; what none knows is listed here or is numeric,
 * as the database itself does (`+04`).
 */
const LOCALES = ['en-US', 'en-GB', 'en-AU', 'en-NZ', 'en-IN', 'en-ZA'] as const;

/** Abbreviation, or [standard, daylight], by the zones that no English locale names as the database does. */
const BY_NAME: readonly (readonly [string | readonly [string, string], string])[] = [
  ['UTC', 'Etc/UTC Etc/UCT Etc/Universal Etc/Zulu UCT Universal Zulu'],
  ['GMT', 'Etc/GMT Etc/GMT+0 Etc/GMT-0 Etc/GMT0 Etc/Greenwich GMT GMT+0 GMT-0 GMT0 Greenwich'],
  [
    'CST',
    'Asia/Shanghai Asia/Chongqing Asia/Chungking Asia/Harbin Asia/Taipei Asia/Macau Asia/Macao PRC ROC',
  ],
  ['JST', 'Asia/Tokyo Japan'],
  ['KST', 'Asia/Seoul Asia/Pyongyang ROK'],
  ['HKT', 'Asia/Hong_Kong Hongkong'],
  ['PST', 'Asia/Manila'],
  ['PKT', 'Asia/Karachi'],
  ['IST', 'Asia/Kolkata Asia/Calcutta'],
  ['WIB', 'Asia/Jakarta Asia/Pontianak'],
  ['WITA', 'Asia/Makassar Asia/Ujung_Pandang'],
  ['WIT', 'Asia/Jayapura'],
  [['IST', 'IDT'], 'Asia/Jerusalem Asia/Tel_Aviv Israel'],
  ['MSK', 'Europe/Moscow Europe/Simferopol Europe/Kirov Europe/Volgograd W-SU'],
  [['IST', 'GMT'], 'Europe/Dublin Eire'],
  [['GMT', 'BST'], 'Europe/Guernsey Europe/Isle_of_Man Europe/Jersey'],
  [['MET', 'MEST'], 'MET'],
  ['SAST', 'Africa/Johannesburg Africa/Maseru Africa/Mbabane'],
  ['ChST', 'Pacific/Guam Pacific/Saipan'],
  ['SST', 'Pacific/Pago_Pago Pacific/Midway Pacific/Samoa US/Samoa'],
  [['HST', 'HDT'], 'America/Adak America/Atka US/Aleutian'],
  [
    ['MST', 'MDT'],
    'America/Dawson America/Hermosillo America/Mazatlan America/Whitehorse Canada/Yukon Mexico/BajaSur',
  ],
  [['CST', 'CDT'], 'America/Havana Cuba'],
  [['NST', 'NDT'], 'America/St_Johns Canada/Newfoundland'],
  ['EST', 'EST'],
  ['MST', 'MST'],
  ['HST', 'HST'],
];
const LISTED: ReadonlyMap<string, string | readonly [string, string]> = new Map(
  BY_NAME.flatMap(([abbreviation, zones]) => zones.split(' ').map((zone) => [zone, abbreviation] as const)),
);
/** Zones that English locales name but the database does not. */
const NUMERIC: ReadonlySet<string> = new Set(
  (
    'Africa/Casablanca Africa/El_Aaiun Antarctica/Casey Antarctica/Troll Asia/Colombo Asia/Dubai Asia/Muscat Australia/Eucla ' +
    'Australia/LHI Australia/Lord_Howe NZ-CHAT Pacific/Chatham'
  ).split(' '),
);
/** Zones of Africa by their common standard time. */
const AFRICA: Readonly<Record<number, string | undefined>> = {
  0: 'GMT',
  3600: 'WAT',
  7200: 'CAT',
  10800: 'EAT',
};
const formats = new Map<string, Intl.DateTimeFormat>();

/** The abbreviation of a zone of the database at an instant (seconds since the epoch), given its offset then. */
export function abbreviationOf(
  zone: string,
  unixSeconds: number,
  offset: number,
  dst: () => boolean,
): string {
  if (NUMERIC.has(zone)) return numeric(offset);
  const listed = LISTED.get(zone);
  if (typeof listed === 'string') return listed;
  if (listed !== undefined) return listed[dst() ? 1 : 0];
  for (const instant of instantsLike(unixSeconds, dst)) {
    for (const locale of LOCALES) {
      const name = intlName(locale, zone, instant);
      if (name !== undefined) return name;
    }
  }
  if (zone.startsWith('Africa/') && !dst()) return AFRICA[offset] ?? numeric(offset);
  return numeric(offset);
}

/** Intl has few names for the time before 1970: then the names of 1973 stand in, of the same half of the year. */
function instantsLike(unixSeconds: number, dst: () => boolean): readonly number[] {
  return unixSeconds >= 0 ? [unixSeconds] : [unixSeconds, dst() ? SUMMER_1973 : WINTER_1973];
}
const WINTER_1973 = 95_000_000;
const SUMMER_1973 = 110_000_000;

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
