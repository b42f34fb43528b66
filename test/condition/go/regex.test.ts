import { describe, expect, it } from 'vitest';
import { GoError } from '../../../service/condition/go/go-error.js';
import { compileRegex } from '../../../service/condition/go/regex.js';

describe('a regular expression', () => {
  it('matches anywhere in the text', () => {
    expect(compileRegex('b+').test('abba')).toBe(true);
    expect(compileRegex('^b').test('abba')).toBe(false);
  });

  it.each`
    source       | message
    ${'['}       | ${'missing closing ]: `[`'}
    ${'(a)\\1'}  | ${'invalid escape sequence: `\\1`'}
    ${'a**'}     | ${'invalid nested repetition operator: `**`'}
    ${'*'}       | ${'missing argument to repetition operator: `*`'}
    ${'(a'}      | ${'missing closing ): `(a`'}
    ${'(?=a)'}   | ${'invalid or unsupported Perl syntax: `(?=`'}
    ${'(?<'}     | ${'invalid or unsupported Perl syntax: `(?<`'}
    ${'a{1001}'} | ${'invalid repeat count: `{1001}`'}
    ${'a\\'}     | ${'trailing backslash at end of expression: ``'}
  `('$source is refused in the words of Go', ({ source, message }: { source: string; message: string }) => {
    expect(() => compileRegex(source)).toThrow(new GoError(`error parsing regexp: ${message}`));
  });

  it('takes linear time where backtracking would not end', () => {
    expect(compileRegex('^(a+)+$').test(`${'a'.repeat(5000)}b`)).toBe(false);
  });

  it('is compiled once', () => {
    expect(compileRegex('once')).toBe(compileRegex('once'));
  });

  it('is kept compiled as long as those that are kept are small together', () => {
    const kept = compileRegex('kept');
    for (let index = 0; index < 50; index++) compileRegex(`small-${index}`);
    expect(compileRegex('kept')).toBe(kept);
    // What is large as a program is short as a text.
    for (let index = 0; index < 50; index++) compileRegex(`${index}${'a{1000}'.repeat(10)}`);
    expect(compileRegex('kept')).not.toBe(kept);
  });
});
