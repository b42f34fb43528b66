import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import {
  durationMethod,
  integerMethod,
  locationMethod,
  timeMethod,
} from '../../../service/condition/go/go-methods.js';
import {
  formatTime,
  parseDate,
  parseTime,
  RFC3339_NANO,
  timeString,
} from '../../../service/condition/go/go-time.js';
import { GoDuration, GoInteger, GoLocation, GoTime } from '../../../service/condition/go/values.js';
import { Zone } from '../../../service/condition/go/zone.js';

const monday = parseTime(RFC3339_NANO, '2023-08-14T10:20:30.025Z');
const zurich = Zone.load('Europe/Zurich');

describe('Format', () => {
  it.each`
    layout                              | text
    ${'Mon Jan _2 15:04:05 2006'}       | ${'Mon Aug 14 10:20:30 2023'}
    ${'Monday, 02-Jan-06 15:04:05 MST'} | ${'Monday, 14-Aug-23 10:20:30 UTC'}
    ${'2006-01-02T15:04:05.000Z07:00'}  | ${'2023-08-14T10:20:30.025Z'}
    ${'15:04:05.999'}                   | ${'10:20:30.025'}
    ${'05.99'}                          | ${'30.02'}
    ${'2006-002 __2 ,000000'}           | ${'2023-226 226 ,025000'}
    ${'January_2006 3pm 03PM'}          | ${'August_2023 10am 10AM'}
    ${'Januaryx Janb Mondaymon'}        | ${'Augustx Janb Mondaymon'}
    ${'-07 -0700 -07:00 -07:00:00 Z07'} | ${'+00 +0000 +00:00 +00:00:00 Z'}
    ${'é 2006'}                         | ${'é 2023'}
    ${''}                               | ${''}
  `('writes $layout as $text', ({ layout, text }: { layout: string; text: string }) => {
    expect(formatTime(monday, layout)).toBe(text);
  });

  it.each`
    zone                   | winter                              | summer
    ${'Europe/Zurich'}     | ${'2024-01-11 22:27:10 +0100 CET'}  | ${'2024-07-03 14:07:10 +0200 CEST'}
    ${'America/New_York'}  | ${'2024-01-11 16:27:10 -0500 EST'}  | ${'2024-07-03 08:07:10 -0400 EDT'}
    ${'America/St_Johns'}  | ${'2024-01-11 17:57:10 -0330 NST'}  | ${'2024-07-03 09:37:10 -0230 NDT'}
    ${'Asia/Kolkata'}      | ${'2024-01-12 02:57:10 +0530 IST'}  | ${'2024-07-03 17:37:10 +0530 IST'}
    ${'Asia/Dubai'}        | ${'2024-01-12 01:27:10 +0400 +04'}  | ${'2024-07-03 16:07:10 +0400 +04'}
    ${'America/Sao_Paulo'} | ${'2024-01-11 18:27:10 -0300 -03'}  | ${'2024-07-03 09:07:10 -0300 -03'}
    ${'Australia/Sydney'}  | ${'2024-01-12 08:27:10 +1100 AEDT'} | ${'2024-07-03 22:07:10 +1000 AEST'}
    ${'Europe/Dublin'}     | ${'2024-01-11 21:27:10 +0000 GMT'}  | ${'2024-07-03 13:07:10 +0100 IST'}
    ${'Africa/Casablanca'} | ${'2024-01-11 22:27:10 +0100 +01'}  | ${'2024-07-03 13:07:10 +0100 +01'}
  `(
    'names the time of $zone as the tz database does',
    ({ zone, winter, summer }: { zone: string; winter: string; summer: string }) => {
      expect(timeString(new GoTime(1_705_008_430_000_000_000n, Zone.load(zone)))).toBe(winter);
      expect(timeString(new GoTime(1_720_008_430_000_000_000n, Zone.load(zone)))).toBe(summer);
    },
  );
});

describe('Parse', () => {
  test.prop([fc.bigInt({ min: -62_000_000_000_000_000_000n, max: 250_000_000_000_000_000_000n })])(
    'reads RFC 3339 back',
    (ns) => {
      expect(parseTime(RFC3339_NANO, formatTime(new GoTime(ns, Zone.utc), RFC3339_NANO)).unixNs).toBe(ns);
    },
  );

  it.each`
    layout                 | value                  | text
    ${'3:04PM'}            | ${'3:04PM'}            | ${'0000-01-01T15:04:00Z'}
    ${'3:04pm'}            | ${'12:04am'}           | ${'0000-01-01T00:04:00Z'}
    ${'06'}                | ${'69'}                | ${'1969-01-01T00:00:00Z'}
    ${'2006-002'}          | ${'2024-060'}          | ${'2024-02-29T00:00:00Z'}
    ${'15:04:05'}          | ${'10:20:30,5'}        | ${'0000-01-01T10:20:30.5Z'}
    ${'15:04:05.000'}      | ${'10:20:30.125'}      | ${'0000-01-01T10:20:30.125Z'}
    ${'Jan  2 2006'}       | ${'AUG 4    2023'}     | ${'2023-08-04T00:00:00Z'}
    ${'2006-01-02 -0700'}  | ${'2023-08-14 -0330'}  | ${'2023-08-14T00:00:00-03:30'}
    ${'2006-01-02 MST'}    | ${'2023-08-14 GMT+3'}  | ${'2023-08-14T03:00:00+03:00'}
    ${'2006-01-02 Z07:00'} | ${'2023-08-14 +24:60'} | ${'2023-08-14T00:00:00+25:00'}
  `('reads $value by $layout', ({ layout, value, text }: { layout: string; value: string; text: string }) => {
    expect(formatTime(parseTime(layout, value), RFC3339_NANO)).toBe(text);
  });

  it.each`
    layout            | value             | message
    ${'2006-01-02'}   | ${'2023-8-14'}    | ${'parsing time "2023-8-14" as "2006-01-02": cannot parse "8-14" as "01"'}
    ${'2006-01-02'}   | ${'2023-02-30'}   | ${'parsing time "2023-02-30": day out of range'}
    ${'2006-01-02'}   | ${'2023-13-01'}   | ${'parsing time "2023-13-01": month out of range'}
    ${'2006'}         | ${'2023x'}        | ${'parsing time "2023x": extra text: "x"'}
    ${'15:04'}        | ${'25:00'}        | ${'parsing time "25:00": hour out of range'}
    ${'2006-002'}     | ${'2023-366'}     | ${'parsing time "2023-366": day-of-year out of range'}
    ${'2006-002 Jan'} | ${'2023-032 Jan'} | ${'parsing time "2023-032 Jan": day-of-year does not match month'}
    ${'-07:00'}       | ${'+99:00'}       | ${'parsing time "+99:00": time zone offset hour out of range'}
    ${'é'}            | ${'x'}            | ${String.raw`parsing time "x" as "\xc3\xa9": cannot parse "x" as "\xc3\xa9"`}
    ${'MST'}          | ${'abcd'}         | ${'parsing time "abcd" as "MST": cannot parse "abcd" as "MST"'}
    ${'15:04 pm'}     | ${'10:20 PM'}     | ${'parsing time "10:20 PM" as "15:04 pm": cannot parse "PM" as "pm"'}
  `(
    'refuses $value by $layout in the words of Go',
    ({ layout, value, message }: { layout: string; value: string; message: string }) => {
      expect(() => parseTime(layout, value)).toThrow(message);
    },
  );

  it('reads a wall time in a zone, and its abbreviations there', () => {
    expect(formatTime(parseTime('2006-01-02 15:04', '2023-01-14 10:20', zurich), RFC3339_NANO)).toBe(
      '2023-01-14T10:20:00+01:00',
    );
    expect(formatTime(parseTime('2006-01-02 MST', '2023-08-14 CEST', zurich), RFC3339_NANO)).toBe(
      '2023-08-14T00:00:00+02:00',
    );
  });

  it('moves a wall time that daylight saving skips', () => {
    expect(formatTime(parseTime('2006-01-02 15:04', '2024-03-31 02:30', zurich), RFC3339_NANO)).toBe(
      '2024-03-31T03:30:00+02:00',
    );
  });

  it('reads a date in any of its layouts, or none', () => {
    expect(formatTime(parseDate('Mon, 14 Aug 2023 10:20:30 GMT'), RFC3339_NANO)).toBe('2023-08-14T10:20:30Z');
    expect(() => parseDate('now')).toThrow('invalid date now');
  });
});

describe('time zones', () => {
  it.each(['', 'UTC', 'Local'])('%j is UTC', (name) => {
    expect(Zone.load(name).name).toBe('UTC');
  });

  it.each(['Nowhere', 'europe/zurich', 'EUROPE/ZURICH', 'PST', '+02:00', 'utc'])(
    '%s is no zone of the database',
    (name) => {
      expect(() => Zone.load(name)).toThrow(`unknown time zone ${name}`);
    },
  );

  it('refuses names that could be paths', () => {
    expect(() => Zone.load('../etc/passwd')).toThrow('time: invalid location name');
  });
});

describe('methods', () => {
  const call = (name: string, ...args: unknown[]): unknown => timeMethod(name)?.call(monday, args);
  const hour = new GoDuration(3_600_000_000_000n);
  const rfc = (value: unknown): string =>
    value instanceof GoTime ? formatTime(value, RFC3339_NANO) : String(value);

  it.each`
    name            | args                                 | text
    ${'Add'}        | ${[hour]}                            | ${'2023-08-14T11:20:30.025Z'}
    ${'AddDate'}    | ${[0n, 1n, -1n]}                     | ${'2023-09-13T10:20:30.025Z'}
    ${'AddDate'}    | ${[1n, -20n, 100n]}                  | ${'2023-03-24T10:20:30.025Z'}
    ${'Truncate'}   | ${[hour]}                            | ${'2023-08-14T10:00:00Z'}
    ${'Round'}      | ${[new GoDuration(60_000_000_000n)]} | ${'2023-08-14T10:21:00Z'}
    ${'Round'}      | ${[new GoDuration(-1n)]}             | ${'2023-08-14T10:20:30.025Z'}
    ${'In'}         | ${[new GoLocation(zurich)]}          | ${'2023-08-14T12:20:30.025+02:00'}
    ${'Year'}       | ${[]}                                | ${'2023'}
    ${'ISOWeek'}    | ${[]}                                | ${'2023'}
    ${'YearDay'}    | ${[]}                                | ${'226'}
    ${'Nanosecond'} | ${[]}                                | ${'25000000'}
    ${'IsZero'}     | ${[]}                                | ${'false'}
    ${'Compare'}    | ${[parseDate('2024-01-01')]}         | ${'-1'}
    ${'Zone'}       | ${[]}                                | ${'UTC'}
    ${'String'}     | ${[]}                                | ${'2023-08-14 10:20:30.025 +0000 UTC'}
  `('$name gives $text', ({ name, args, text }: { name: string; args: unknown[]; text: string }) => {
    expect(rfc(call(name, ...args))).toBe(text);
  });

  it('gives the kinds of integers that Go has', () => {
    expect(call('Unix')).toEqual(new GoInteger('int64', 1_692_008_430n));
    expect(call('Month')).toEqual(new GoInteger('time.Month', 8n));
    expect(call('Weekday')).toEqual(new GoInteger('time.Weekday', 1n));
    expect(call('Day')).toBe(14n);
  });

  it('bounds the span between two times', () => {
    expect(timeMethod('Sub')?.call(parseTime('2006', '9000'), [parseTime('2006', '0001')])).toEqual(
      new GoDuration((1n << 63n) - 1n),
    );
  });

  it.each`
    name              | ns                     | args      | value
    ${'Hours'}        | ${5_400_000_000_000n}  | ${[]}     | ${1.5}
    ${'Seconds'}      | ${-1_500_000_000n}     | ${[]}     | ${-1.5}
    ${'Round'}        | ${-5_400_000_000_000n} | ${[hour]} | ${new GoDuration(-7_200_000_000_000n)}
    ${'Truncate'}     | ${5_400_000_000_000n}  | ${[hour]} | ${new GoDuration(3_600_000_000_000n)}
    ${'Abs'}          | ${-(1n << 63n)}        | ${[]}     | ${new GoDuration((1n << 63n) - 1n)}
    ${'Milliseconds'} | ${1_999_999n}          | ${[]}     | ${new GoInteger('int64', 1n)}
    ${'String'}       | ${1n}                  | ${[]}     | ${'1ns'}
  `(
    '$name of a duration of $ns ns',
    ({ name, ns, args, value }: { name: string; ns: bigint; args: unknown[]; value: unknown }) => {
      expect(durationMethod(name)?.call(new GoDuration(ns), args)).toEqual(value);
    },
  );

  it('has names of months, weekdays and locations', () => {
    expect(integerMethod('String')?.call(new GoInteger('time.Month', 13n), [])).toBe('%!Month(13)');
    expect(locationMethod('String')?.call(new GoLocation(zurich), [])).toBe('Europe/Zurich');
  });

  it.each(['year', 'Nope', 'ZoneBounds', 'constructor', '__proto__'])('knows no method %s', (name) => {
    expect([timeMethod(name), durationMethod(name), locationMethod(name), integerMethod(name)]).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('refuses an argument of another type', () => {
    expect(() => call('Add', 1n)).toThrow('reflect: Call using int as type time.Duration');
  });
});
