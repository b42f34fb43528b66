import {
  bytesSlice,
  GoDuration,
  GoError,
  GoInteger,
  parseGoDuration,
  parseGoFloat,
  parseGoInt,
  parseTime,
  quote,
  RFC3339_NANO,
} from '../../condition/index.js';

const MAX_UINT64 = 2n ** 64n - 1n;

/**
 * A value of annotated CSV as conditions see it: a number, text or boolean, an int64 or uint64, a time, a duration, or
 * bytes; null for no text.
 * @param type what `#datatype` says of its column
 * @throws GoError when the text is none of that type, or there is no such type
 */
export function fluxValue(text: string, type: string, column: string): unknown {
  if (text === '') return null;
  switch (type) {
    case 'string':
      return text;
    case 'double':
      return parseGoFloat(text);
    case 'boolean':
      // As the client of the reference: whatever is not false is true.
      return text.toLowerCase() !== 'false';
    case 'long':
      return new GoInteger('int64', parseGoInt(text));
    case 'unsignedLong':
      return new GoInteger('uint64', parseUnsigned(text));
    case 'duration':
      return new GoDuration(parseGoDuration(text));
    case 'dateTime:RFC3339':
    case 'dateTime:RFC3339Nano':
      return parseTime(RFC3339_NANO, text);
    case 'base64Binary':
      return bytesSlice(decodeBase64(text));
    default:
      throw new GoError(`${column} has unknown data type ${type}`);
  }
}

function parseUnsigned(text: string): bigint {
  if (!/^\d+$/.test(text)) throw new GoError(`strconv.ParseUint: parsing ${quote(text)}: invalid syntax`);
  const [digits = ''] = /[^0].*$|0$/.exec(text) ?? [];
  // Reading many digits takes time with the square of their number.
  const value = digits.length > 20 ? MAX_UINT64 + 1n : BigInt(digits);
  if (value > MAX_UINT64) throw new GoError(`strconv.ParseUint: parsing ${quote(text)}: value out of range`);
  return value;
}

function decodeBase64(text: string): Uint8Array {
  const digits = text.replace(/[\r\n]/g, '');
  if (digits.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(digits))
    throw new GoError('illegal base64 data');
  return Buffer.from(digits, 'base64');
}
