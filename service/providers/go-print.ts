import { isJsonArray, type JsonValue, sortedEntries } from './go-json.js';

/**
 * Writes a value as Go's `fmt` does under `%v`: `map[a:1 b:two]`, `[1 <nil>]`, floats with the shortest digits and an
 * exponent below 1e-4 and from 1e6 on.
 * Texts longer than `maxText` UTF-16 units are cut.
 */
export function printGo(value: JsonValue, maxText = Number.POSITIVE_INFINITY): string {
  if (value === null) return '<nil>';
  if (typeof value === 'number') return printGoFloat(value);
  if (typeof value === 'boolean') return String(value);
  if (typeof value === 'string') return value.slice(0, maxText);
  if (isJsonArray(value)) return `[${value.map((item) => printGo(item, maxText)).join(' ')}]`;
  const members = sortedEntries(value).map(
    ([key, member]) => `${key.slice(0, maxText)}:${printGo(member, maxText)}`,
  );
  return `map[${members.join(' ')}]`;
}

/** Writes a float64 as `%v`, that is `%g` with the shortest digits that read back as the same number. */
function printGoFloat(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  if (Object.is(value, -0)) return '-0';
  if (value === 0) return '0';
  const [digits = '', exponent = '0'] = value.toExponential().split('e');
  const power = Number(exponent);
  if (power >= -4 && power < 6) return String(value);
  return `${digits}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
}
