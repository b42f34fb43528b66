import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { Redactor } from '../../service/analysis/index.js';

const hidden = (secret: string, text: string): string => new Redactor([secret]).text(text);
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const json = (text: string): string => JSON.stringify(text).slice(1, -1);

describe('a secret comes back', () => {
  it.each`
    spelling                                   | secret               | text                                               | shown
    ${'as it is'}                              | ${'s3cr3t'}          | ${'a s3cr3t b s3cr3t'}                             | ${'a ***** b *****'}
    ${'as a host in lower case'}               | ${'Key.Example.COM'} | ${'lookup key.example.com: no such host'}          | ${'lookup *****: no such host'}
    ${'in upper case'}                         | ${'s3cr3t'}          | ${'S3CR3T'}                                        | ${'*****'}
    ${'percent-encoded in a query'}            | ${'a b&c/d=é!'}      | ${'/?q=a+b%26c%2Fd%3d%C3%A9!'}                     | ${'/?q=*****'}
    ${'percent-encoded where a path needs it'} | ${'a b&c/d=é!'}      | ${'/a%20b&c/d=%C3%A9!/x'}                          | ${'/*****/x'}
    ${'percent-encoded twice'}                 | ${'a/b+c'}           | ${'next=a%252Fb%252Bc&x'}                          | ${'next=*****&x'}
    ${'in JSON'}                               | ${'say "hi" \\ now'} | ${'{"a":"say \\"hi\\" \\\\ now"}'}                 | ${'{"a":"*****"}'}
    ${'in JSON with its newlines'}             | ${'one\ntwo'}        | ${'{"a":"one\\ntwo"}'}                             | ${'{"a":"*****"}'}
    ${'in JSON of Go'}                         | ${'a&b<c>d'}         | ${'{"a":"a\\u0026b\\u003cc\\u003Ed"}'}             | ${'{"a":"*****"}'}
    ${'in JSON of Go in JSON'}                 | ${'a&b"c'}           | ${'{"a":"{\\"b\\":\\"a\\\\u0026b\\\\\\"c\\"}"}'}   | ${'{"a":"{\\"b\\":\\"*****\\"}"}'}
    ${'in JSON of ASCII'}                      | ${'größe/1'}         | ${'"gr\\u00f6\\u00dfe\\/1" "gr\\u00F6\\u00DFe/1"'} | ${'"*****" "*****"'}
    ${'in HTML'}                               | ${'a<b>&"c\''}       | ${'<p>a&lt;b&gt;&amp;&#34;c&#39;</p>'}             | ${'<p>*****</p>'}
    ${'without the newline at its end'}        | ${'s3cr3t\n'}        | ${'got s3cr3t.'}                                   | ${'got *****.'}
  `('$spelling and is hidden', ({ secret, text, shown }: Record<'secret' | 'text' | 'shown', string>) => {
    expect(hidden(secret, text)).toBe(shown);
  });

  it.each(['', 'u', 'us', 'user', 'admin@example.com'])(
    'as the password in the base64 of %o:password and is hidden',
    (user) => {
      const shown = hidden('hunter22', `Authorization: Basic ${base64(`${user}:hunter22`)} given`);
      const [, kept = ''] = /^Authorization: Basic (.*)\*{5} given$/.exec(shown) ?? [];
      expect(shown).toContain('*****');
      expect(Buffer.from(kept, 'base64').toString()).not.toContain('h');
      expect(`${user}:`.startsWith(Buffer.from(kept, 'base64').toString())).toBe(true);
    },
  );

  it('in the base64 of URLs and is hidden', () => {
    const secret = '\u00ff\u00fe\u00ffsecret?>?>';
    expect(hidden(secret, Buffer.from(secret).toString('base64url'))).toBe('*****');
  });
});

describe('several secrets', () => {
  it('leave no rest of the longer one', () => {
    expect(new Redactor(['abcd', 'abcdef', '']).text('abcd abcdef abcd')).toBe('***** ***** *****');
    expect(new Redactor(['AB', 'bcdef']).text('abcdef AB')).toBe('a***** *****');
  });

  it('of which one is a star keep masks whole', () => {
    expect(new Redactor(['*', 's3cr3t']).text('s3cr3t *')).toBe('***** *****');
  });

  it('may be told one by one', () => {
    const redactor = new Redactor(['first']);
    expect(redactor.text('first second')).toBe('***** second');
    redactor.hide('second');
    expect(redactor.text('first second')).toBe('***** *****');
  });
});

it('hides a secret of one to three characters only as it is written', () => {
  expect(hidden('a&b', 'xa&bx A&B a%26b')).toBe('x*****x A&B a%26b');
});

test.prop([
  fc.string({ minLength: 4, unit: 'grapheme' }).filter((secret) => secret.trim().length > 3),
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: 'grapheme' }),
])('hides every secret in plain text, JSON, JSON in JSON and URLs', (secret, before, after) => {
  for (const spelling of [secret, json(secret), json(json(secret)), encodeURIComponent(secret)]) {
    expect(hidden(secret, `${before}${spelling}${after}`)).toContain('*****');
  }
});

it('takes no longer than the text is long, whatever a server sends', () => {
  const redactor = new Redactor(['\\"'.repeat(40), '%25'.repeat(40), ' '.repeat(40), 'aaaa'.repeat(20)]);
  for (const text of ['\\', '%25', ' ', '%', '\\"', 'a', '+']) {
    const started = performance.now();
    redactor.text(`${text.repeat(100_000)}x`);
    expect(performance.now() - started).toBeLessThan(1_000);
  }
});
