import { describe, expect, it } from 'vitest';
import { compileJsonPath, MAX_PATH_LENGTH } from '../../../service/providers/jsonpath/index.js';

describe('a path that can not be read', () => {
  it.each([
    { path: '{.a', message: 'unclosed action' },
    { path: '{.a\n}', message: 'unclosed action' },
    { path: '{', message: 'unclosed action' },
    { path: '{.a}{', message: 'unclosed action' },
    { path: '{.a[}', message: 'unterminated array' },
    { path: '{.a[1\n]}', message: 'unterminated array' },
    { path: '{.a[?(@.x=]}', message: 'unterminated filter' },
    { path: '{.a[?(@.x=="]}', message: 'unterminated filter' },
    { path: '{.a[?(@.x)}', message: 'unclosed array expect ]' },
    { path: '{.a["b"]}', message: 'invalid array index "b"' },
    { path: '{.a[b]}', message: 'invalid array index b' },
    { path: '{.a[1:2:3:4]}', message: 'invalid array index 1:2:3:4' },
    { path: '{.a[-]}', message: 'array index - is not a number' },
    { path: '{.a[99999999999999999999]}', message: 'array index 99999999999999999999 is not a number' },
    { path: '{"a}', message: 'unterminated quoted string' },
    { path: '{"a\\\\"}', message: 'unterminated quoted string' },
    { path: '{"\\q"}', message: 'unquote string "\\q" error invalid syntax' },
    { path: '{"\\\\"a"}', message: 'unquote string "\\\\"a" error invalid syntax' },
    { path: '{"\\ud800"}', message: 'unquote string "\\ud800" error invalid syntax' },
    { path: '{"\\400"}', message: 'unquote string "\\400" error invalid syntax' },
    { path: '{1.2.3}', message: 'cannot parse number 1.2.3' },
    { path: '{-}', message: 'cannot parse number -' },
    { path: '{.a,.b}', message: "unrecognized character in action: U+002C ','" },
    { path: '{{.a}}', message: "unrecognized character in action: U+007B '{'" },
    { path: '{(.a)}', message: "unrecognized character in action: U+0028 '('" },
    { path: '{\t.a}', message: 'unrecognized character in action: U+0009' },
    { path: '{😀}', message: "unrecognized character in action: U+1F600 '😀'" },
    { path: '{..*}', message: "unrecognized character in action: U+002A '*'" },
    { path: '{....a}', message: 'invalid multiple recursive descent' },
    { path: '{.a[?(@.x=="y" && @.v>1.0)]}', message: "unrecognized character in action: U+0026 '&'" },
    { path: '{.a[?(@.x=~"y")]}', message: "unrecognized character in action: U+007E '~'" },
    { path: '{.a[?(@.b[?(@.c)])]}', message: 'unterminated filter' },
    { path: `{.${'a'.repeat(MAX_PATH_LENGTH)}}`, message: 'JSONPath is longer than 4096 characters' },
  ])('$path is refused: $message', ({ path, message }) => {
    expect(() => compileJsonPath(path)).toThrow(expect.objectContaining({ name: 'PathError', message }));
  });
});
