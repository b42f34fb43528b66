import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { scripted } from '../engine/fixtures.js';
import { type ApiServer, startApiServer } from './fixtures/api-server.js';
import { command } from './fixtures/command.js';

let server: ApiServer;
beforeEach(async () => {
  server = await startApiServer(scripted(() => 'Successful').measure);
});
afterEach(() => server.close());

describe('the address of a server', () => {
  it.each([
    [
      'localhost:8080',
      '--server: must be an address such as http://127.0.0.1:8080, beginning with http:// or https://',
    ],
    [
      'ftp://host',
      '--server: must be an address such as http://127.0.0.1:8080, beginning with http:// or https://',
    ],
    [
      'http://user:s3cret@host',
      '--server: must not have a user or password in it: give a token in ASSAY_TOKEN',
    ],
    ['http://host/?key=s3cret', '--server: must not have a ? or # in it'],
  ])('%s is refused', async (address, told) => {
    const { code, err } = await command(['list', '--server', address]);
    expect({ code, err }).toEqual({ code: 64, err: `${told}\n` });
  });

  it('comes with the token of a file, read for each request, or is refused without showing it', async () => {
    const ask = (files: Readonly<Record<string, string>>, env = {}) =>
      command(['list', '--server', server.url], {
        ...{ files, env: { ASSAY_TOKEN_FILE: '/var/run/token', ...env } },
      });
    const { code } = await ask({ '/var/run/token': 's3cret\n' });
    expect([code, server.authorizations.at(-1)]).toEqual([0, 'Bearer s3cret']);
    const faults = await Promise.all([
      ask({}),
      ask({ '/var/run/token': ' \n' }),
      ask({ '/var/run/token': 's3cret and more' }),
      ask({ '/var/run/token': 'a' }, { ASSAY_TOKEN: 's3cret' }),
    ]);
    expect(faults.map(({ err }) => err)).toEqual([
      'ASSAY_TOKEN_FILE: /var/run/token: can not be read: no such file\n',
      'ASSAY_TOKEN_FILE: /var/run/token: is empty\n',
      'ASSAY_TOKEN_FILE: /var/run/token: must be one token, of letters, digits and signs, without spaces\n',
      'ASSAY_TOKEN_FILE: ASSAY_TOKEN is set as well: set one of them\n',
    ]);
    expect(faults.map((each) => each.code)).toEqual([64, 64, 64, 64]);
  });

  it.each([['list'], ['get', 'x'], ['terminate', 'x']])(
    'is given up by %s when its time is up',
    async (...args) => {
      server.intercept(() => undefined);
      const options = ['--server', server.url, '--timeout', '50ms'];
      const { code, err } = await command([...args, ...options]);
      server.intercept(undefined);
      expect({ code, err }).toEqual({ code: 124, err: 'timed out: no answer within 50ms\n' });
      const { err: told } = await command([...args, '--timeout', 'soon']);
      expect(told).toContain('--timeout: must be a duration such as 90s or 10m');
    },
  );

  it('is waited for as long as a timer can when the time is longer than that, and for parts of a millisecond', async () => {
    const options = ['list', '--server', server.url, '--timeout'];
    for (const weeks of ['720h', '2000h']) expect((await command([...options, weeks])).code).toBe(0);
    server.intercept(() => undefined);
    const { code, err } = await command([...options, '1.5ms']);
    server.intercept(undefined);
    expect({ code, err }).toEqual({ code: 124, err: 'timed out: no answer within 1.5ms\n' });
  });

  it('comes with a token that can be sent, or is refused without showing it', async () => {
    const env = { ASSAY_TOKEN: 's3cret\nhost: other' };
    const { code, err } = await command(['list', '--server', server.url], { env });
    expect(err).toBe('ASSAY_TOKEN: must be one token, of letters, digits and signs, without spaces\n');
    expect(code).toBe(64);
  });
});

describe('an answer that is not of Assay', () => {
  it.each([
    ['a page', 200, { 'content-type': 'text/html' }, 'answered 200 with text/html, which'],
    [
      'other JSON',
      200,
      { 'content-type': 'application/json' },
      'answered 200 with JSON that is no AnalysisRun, which',
    ],
    ['a missing page', 404, { 'content-type': 'text/html' }, 'answered 404 with text/html, which'],
    [
      'a login page elsewhere',
      302,
      { location: 'https://login.example.com/in?state=s3cret' },
      'answered 302 with a redirect to https://login.example.com/in, which',
    ],
  ])('such as %s is told, with a question about the address', async (_what, status, headers, told) => {
    server.intercept((_request, response) => {
      response.writeHead(status, headers).end(told.includes('JSON') ? '{"a":1}' : '<p>');
    });
    const { code, out, err } = await command(['get', 'x', '--server', server.url]);
    expect(err).toBe(`${server.url} ${told} is not what Assay answers: is the address right?\n`);
    expect({ code, out }).toEqual({ code: 69, out: '' });
  });
});
