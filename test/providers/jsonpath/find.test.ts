import { describe, expect, it } from 'vitest';
import type { JsonValue } from '../../../service/providers/go-json.js';
import { compileJsonPath, GoInteger, NO_VALUE } from '../../../service/providers/jsonpath/index.js';

const DOCUMENT = {
  status: 'ok',
  data: {
    n: null,
    list: [1, 2, 3, 4],
    empty: [],
    items: [
      { x: 'y', v: 1 },
      { x: 'z', v: 2 },
      { x: 'y', v: 3 },
    ],
    'key.with.dots': 7,
    'it\'s "odd"[0];^~#0@*%`': 8,
    length: 9,
    '*': 10,
    '1:2': 11,
    __proto__x: 12,
  },
};

/** What a path finds, integers of the path's own as bigint. */
function find(path: string, document: JsonValue = DOCUMENT) {
  return compileJsonPath(path)
    .find(document)
    .map((value) => (value instanceof GoInteger ? value.value : value));
}

describe('what a path finds', () => {
  it.each<{ path: string; found: unknown[] }>([
    { path: '{$}', found: [DOCUMENT] },
    { path: '{}', found: [DOCUMENT] },
    { path: '{.status}', found: ['ok'] },
    { path: '{$.status}', found: ['ok'] },
    { path: '{@.status}', found: ['ok'] },
    { path: '{ .status }', found: ['ok'] },
    { path: "{['status']}", found: ['ok'] },
    { path: "{$['data']['list'][1]}", found: [2] },
    { path: '{.data.n}', found: [null] },
    { path: "{.data['key\\.with\\.dots']}", found: [7] },
    { path: '{.data.key\\.with\\.dots}', found: [7] },
    { path: '{.data.it\'s\\ "odd"\\[0\\];^~#0\\@*%`}', found: [8] },
    { path: '{.data.length}', found: [9] },
    { path: '{.data.\\*}', found: [10] },
    { path: '{.data.1:2}', found: [11] },
    { path: '{.data.list[*]}', found: [1, 2, 3, 4] },
    { path: '{.data.list[1:3]}', found: [2, 3] },
    { path: '{.data.list[:2]}', found: [1, 2] },
    { path: '{.data.list[2:]}', found: [3, 4] },
    { path: '{.data.list[0:4:2]}', found: [1, 3] },
    { path: '{.data.list[::3]}', found: [1, 4] },
    { path: '{.data.list[::99999999999]}', found: [1] },
    { path: '{.data.list[-1]}', found: [4] },
    { path: '{.data.list[-3:-1]}', found: [2, 3] },
    { path: '{.data.list[]}', found: [1] },
    { path: '{.data.list[1:1]}', found: [] },
    { path: '{.data.list[0, 2]}', found: [1, 3] },
    { path: "{['status','status']}", found: ['ok', 'ok'] },
    { path: '{.data.empty[*]}', found: [] },
    { path: '{.data.n[0]}', found: [] },
    { path: '{.data.items[*].v}', found: [1, 2, 3] },
    { path: '{.data.items[?(@.x=="y")].v}', found: [1, 3] },
    { path: "{.data.items[?(@.x=='z')].v}", found: [2] },
    { path: '{.data.items[?(@.x!="y")].v}', found: [2] },
    { path: '{.data.items[?(@.v>1.5)].v}', found: [2, 3] },
    { path: '{.data.items[?(@.v >= 2.0)].v}', found: [2, 3] },
    { path: '{.data.items[?(@.v<2.0)].v}', found: [1] },
    { path: '{.data.items[?(@.v<=2.0)].v}', found: [1, 2] },
    { path: '{.data.items[?(@.x<"z")].v}', found: [1, 3] },
    { path: '{.data.items[?(@.nope)].v}', found: [] },
    { path: '{.data.items[?(@.x)].v}', found: [1, 2, 3] },
    { path: '{.data.items[?(@.x==")")].v}', found: [] },
    { path: '{..x}', found: ['y', 'z', 'y'] },
    { path: '{..items[0].v}', found: [1] },
    { path: '{.status.*}', found: [111n, 107n] },
    { path: 'value: {.status}', found: ['value: ', 'ok'] },
    { path: 'plain', found: ['plain'] },
    { path: '', found: [] },
    { path: '{"some text"}', found: ['some text'] },
    { path: "{'it\\'s'}", found: ["it's"] },
    { path: '{"\\u00e9\\x41\\101\\n"}', found: ['éAA\n'] },
    { path: '{5}', found: [5n] },
    { path: '{-5}', found: [-5n] },
    { path: '{+5}', found: [5n] },
    { path: '{1.5}', found: [1.5] },
    { path: '{99999999999999999999}', found: [1e20] },
    { path: '{true}', found: [true] },
    {
      path: '{range .data.items[*]}{.x}={.v};{end}!',
      found: ['y', '=', 1, ';', 'z', '=', 2, ';', 'y', '=', 3, ';', '!'],
    },
    { path: '{range .data.empty[*]}{"x"}{end}after', found: ['after'] },
    { path: '{range .data}{range .items[*]}{.v}{end}|{end}', found: [1, 2, 3, '|'] },
  ])('$path finds $found', ({ path, found }) => {
    expect(find(path)).toEqual(found);
  });

  it('finds nothing but a whole null where the document is null', () => {
    expect(compileJsonPath('{$}').find(null)).toEqual([NO_VALUE]);
    expect(() => find('{.a}', null)).toThrow('a is not found');
    expect(() => find('{[0]}', null)).toThrow('null is not array or slice');
  });

  it('visits texts in a recursive descent, as the reference does', () => {
    expect(find('{..}', [['a'], [[]]])).toEqual([[['a'], [[]]], ['a'], 'a', [[]]]);
    expect(() => find('{..[0]}', ['a'])).toThrow('string is not array or slice');
  });

  it('reads own members only', () => {
    for (const name of ['constructor', 'toString', '__proto__', 'hasOwnProperty'])
      expect(() => find(`{.${name}}`)).toThrow(`${name} is not found`);
    expect(find('{.__proto__.a}', JSON.parse('{"__proto__":{"a":1}}') as JsonValue)).toEqual([1]);
    expect(() => find('{.length}', [1])).toThrow('length is not found');
    expect(() => find('{..length}', [['a']])).toThrow('length is not found');
  });

  it('gives the same answer when it is used again', () => {
    const path = compileJsonPath('{range .data.items[*]}{.v}{end}');
    expect(path.find(DOCUMENT)).toEqual(path.find(DOCUMENT));
  });
});

describe('a path that does not fit the document', () => {
  it.each([
    { path: '{.nope}', message: 'nope is not found' },
    { path: '{.}', message: ' is not found' },
    { path: '{.status.x}', message: 'x is not found' },
    { path: '{.data.n.x}', message: 'x is not found' },
    { path: '{.data.items.v}', message: 'v is not found' },
    { path: "{.data['key.with.dots']}", message: 'key is not found' },
    { path: '{.a b}', message: 'a is not found' },
    { path: '{.status b}', message: 'unrecognized identifier b' },
    { path: '{.data.empty[0]}', message: 'array index out of bounds: index 0, length 0' },
    { path: '{.data.list[9]}', message: 'array index out of bounds: index 9, length 4' },
    { path: '{.data.list[-9]}', message: 'array index out of bounds: index -5, length 4' },
    { path: '{.data.list[0:9]}', message: 'array index out of bounds: index 8, length 4' },
    { path: '{.data.list[3:1]}', message: 'starting index 3 is greater than ending index 1' },
    { path: '{.data.list[0:4:0]}', message: 'step must be > 0' },
    { path: '{.data.list[0:4:-1]}', message: 'step must be > 0' },
    { path: '{.status[0]}', message: 'string is not array or slice' },
    { path: '{.data[0]}', message: 'map[string]interface {} is not array or slice' },
    { path: '{.data.list[*][0]}', message: 'float64 is not array or slice' },
    { path: '{true[0]}', message: 'bool is not array or slice' },
    { path: '{5[0]}', message: 'int is not array or slice' },
    { path: '{.data.items[?(@.v>2)]}', message: 'incompatible types for comparison' },
    { path: '{.data.items[?(@.v==1)]}', message: 'incompatible types for comparison' },
    { path: '{.data.items[?(@.v=="1")]}', message: 'incompatible types for comparison' },
    { path: '{.data.items[?(@==1.0)]}', message: 'invalid type for comparison' },
    { path: '{.data.items[?(true<false)]}', message: 'invalid type for comparison' },
    { path: '{.data.items[?(@.x==="y")]}', message: 'unrecognized filter operator ===' },
    { path: '{.data.items[?(@.*=="y")]}', message: 'can only compare one element at a time' },
    { path: '{.data.items[?(@.nope==1.0)]}', message: 'nope is not found' },
    { path: '{.status[?(@.x)]}', message: 'ok is not array or slice and cannot be filtered' },
    { path: '{foo}', message: 'unrecognized identifier foo' },
    { path: '{$data}', message: 'unrecognized identifier data' },
    { path: '{end}', message: 'not in range, nothing to end' },
    { path: '{range .data.items[*]}{.v}', message: 'v is not found' },
    { path: '{range .data.empty[*]}{.v}{end}', message: 'v is not found' },
  ])('$path fails: $message', ({ path, message }) => {
    expect(() => find(path)).toThrow(expect.objectContaining({ name: 'PathError', message }));
  });

  it('prints the value that can not be filtered as Go does, and not more of it than fits', () => {
    expect(() => find('{[?(@.x)]}', { b: [1, null, 1e6, 1.5e-9], a: { t: true } })).toThrow(
      expect.objectContaining({
        message: 'map[a:map[t:true] b:[1 <nil> 1e+06 1.5e-09]] is not array or slice and cannot be filtered',
      }),
    );
    expect(() => find('{[?(@.x)]}', 'x'.repeat(9_999))).toThrow(/^x{1000}… is not array/);
  });
});
