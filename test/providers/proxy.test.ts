import { describe, expect, it } from 'vitest';
import { createProxyRules } from '../../service/providers/http/proxy.js';

describe('the rules of proxies', () => {
  const through = (url: string, noProxy: string[] = []): string | undefined =>
    createProxyRules({ https: 'http://secure:3128', http: 'plain:3129', noProxy })(new URL(url))?.url.host;

  it('choose by the scheme of the request', () => {
    expect(through('https://example.com/')).toBe('secure:3128');
    expect(through('http://example.com/')).toBe('plain:3129');
    expect(createProxyRules({ https: 'secure:3128' })(new URL('http://example.com/'))).toBeUndefined();
  });

  it.each([
    'http://localhost/',
    'http://a.localhost/',
    'http://127.0.0.1:9090/',
    'https://[::1]/',
    'http://0x7f.1/',
  ])('never take %s to a proxy', (url) => {
    expect(through(url)).toBeUndefined();
  });

  it.each([
    ['*', 'http://example.com/'],
    ['example.com', 'http://example.com/'],
    ['example.com', 'http://deep.example.com/'],
    ['EXAMPLE.com', 'http://example.com/'],
    ['.example.com', 'http://deep.example.com/'],
    ['*.example.com', 'http://deep.example.com/'],
    ['example.com:8080', 'http://example.com:8080/'],
    ['example.com:443', 'https://example.com/'],
    ['10.0.0.1', 'http://10.0.0.1:9090/'],
    ['10.0.0.1:9090', 'http://10.0.0.1:9090/'],
    ['10.0.0.0/8', 'http://10.9.9.9/'],
    ['fd00::/8', 'http://[fd00::1]/'],
    ['fd00::1', 'http://[fd00:0::1]/'],
    ['[fd00::1]:9090', 'http://[fd00::1]:9090/'],
  ])('except %s from it: %s', (entry, url) => {
    expect(through(url, ['unrelated', entry])).toBeUndefined();
  });

  it.each([
    ['.example.com', 'http://example.com/'],
    ['example.com', 'http://badexample.com/'],
    ['example.com:8080', 'http://example.com/'],
    ['10.0.0.1:9090', 'http://10.0.0.1/'],
    ['10.0.0.0/8', 'http://11.0.0.1/'],
    ['10.0.0.0/8', 'http://example.com/'],
    ['', 'http://example.com/'],
  ])('do not let %j except %s', (entry, url) => {
    expect(through(url, [entry])).toBe('plain:3129');
  });

  it('keep user and password of the proxy out of its URL', () => {
    const proxy = createProxyRules({ http: 'http://us%40er:pa%3Ass@proxy:3128' })(
      new URL('http://example.com/'),
    );
    expect(proxy?.url.href).toBe('http://proxy:3128/');
    expect(Buffer.from(proxy?.authorization?.slice('Basic '.length) ?? '', 'base64').toString()).toBe(
      'us@er:pa:ss',
    );
  });
});
