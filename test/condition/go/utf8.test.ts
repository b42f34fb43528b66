import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { quote, quoteBytes } from '../../../service/condition/go/go-error.js';
import {
  compareBytes,
  utf8Compare,
  utf8Decode,
  utf8Encode,
  utf8Length,
  utf8Normalize,
} from '../../../service/condition/go/utf8.js';

describe('a Go string', () => {
  test.prop([fc.uint8Array({ maxLength: 12 })])('keeps every byte, valid UTF-8 or not', (bytes) => {
    const text = utf8Decode(bytes);
    expect(utf8Encode(text)).toEqual(new Uint8Array(bytes));
    expect(utf8Length(text)).toBe(bytes.length);
  });

  test.prop([fc.string({ unit: 'binary' })])('is itself when it is valid', (text) => {
    expect(utf8Decode(utf8Encode(text))).toBe(text);
    expect(utf8Length(text)).toBe(utf8Encode(text).length);
  });

  test.prop([fc.string({ unit: 'binary', maxLength: 5 }), fc.string({ unit: 'binary', maxLength: 5 })])(
    'is ordered by its bytes',
    (a, b) => {
      expect(Math.sign(utf8Compare(a, b))).toBe(Math.sign(compareBytes(utf8Encode(a), utf8Encode(b))));
    },
  );

  it('is ordered by bytes where UTF-16 has another order', () => {
    expect(utf8Compare('\u{10000}', '\uFFFF')).toBeGreaterThan(0);
  });

  it('keeps each byte of an invalid sequence by itself', () => {
    expect(utf8Decode(Uint8Array.of(0x61, 0xed, 0xa0, 0x80, 0xc3))).toBe('a\udced\udca0\udc80\udcc3');
  });

  it('has U+FFFD for a half of a pair that JSON brought', () => {
    expect(utf8Encode('\ud83d')).toEqual(Uint8Array.of(0xef, 0xbf, 0xbd));
  });

  it('joins halves of a rune that were cut apart', () => {
    const [first, second] = [utf8Decode(Uint8Array.of(0xc3)), utf8Decode(Uint8Array.of(0xa9))];
    expect(utf8Normalize(first + second)).toBe('é');
  });
});

describe('quoting', () => {
  it.each`
    text              | quoted
    ${'a"\\\n\t'}     | ${String.raw`"a\"\\\n\t"`}
    ${'\x01\x7f'}     | ${String.raw`"\x01\x7f"`}
    ${'é 😀'}         | ${'"é 😀"'}
    ${'\u2028\u00ad'} | ${String.raw`"\u2028\u00ad"`}
    ${'\udcff'}       | ${String.raw`"\xff"`}
  `('writes $quoted', ({ text, quoted }: { text: string; quoted: string }) => {
    expect(quote(text)).toBe(quoted);
  });

  it('has package time escape every byte that is not printable ASCII', () => {
    expect(quoteBytes(utf8Encode('é"\n'))).toBe(String.raw`"\xc3\xa9\"\x0a"`);
  });
});
