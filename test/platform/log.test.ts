import { expect, it } from 'vitest';
import { createLog } from '../../service/platform/index.js';

function capture(level: 'info' | 'warn') {
  const lines: string[] = [];
  const log = createLog({
    level,
    destination: { write: (line) => void lines.push(line) },
    base: { role: 'worker' },
  });
  const entries = (): unknown[] => lines.map((line): unknown => JSON.parse(line));
  return { log, lines, entries };
}

it('writes one JSON object a line with the level as a word', () => {
  const { log, entries } = capture('info');
  log.info({ run: 'r1', metric: 'error-rate' }, 'measurement failed');
  expect(entries()).toEqual([
    {
      level: 'info',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/) as string,
      role: 'worker',
      run: 'r1',
      metric: 'error-rate',
      msg: 'measurement failed',
    },
  ]);
});

it('leaves out what is below its level', () => {
  const { log, lines } = capture('warn');
  log.info('not written');
  expect(lines).toEqual([]);
});

it('redacts fields whose names say that they are secret, however they are nested', () => {
  const { log, lines } = capture('info');
  log.info(
    {
      password: 'hunter2',
      headers: { authorization: 'Bearer hunter2', cookie: 'hunter2', 'set-cookie': ['hunter2'] },
      request: { headers: { 'proxy-authorization': 'hunter2' }, oauth2: { clientSecret: 'hunter2' } },
      token: 'hunter2',
    },
    'request sent',
  );
  expect(lines).toHaveLength(1);
  expect(lines[0]).not.toContain('hunter2');
  expect(lines[0]?.match(/\[redacted\]/g)).toHaveLength(7);
});

it('tells of an error what is known to be harmless, and nothing that was sent with it', () => {
  const { log, lines, entries } = capture('info');
  const refused = Object.assign(new Error('WRONGPASS invalid username-password pair'), {
    command: { name: 'auth', args: ['hunter2'] },
    headers: { 'x-key': 'hunter2' },
    code: 'WRONGPASS',
  });
  const wrapped = Object.assign(
    new Error('redis://user:hunter2@redis:6379/0 can not be used', { cause: refused }),
    {
      request: { url: 'https://user:hunter2@store' },
    },
  );
  log.warn({ err: new AggregateError([wrapped], 'all failed') }, 'queue error');
  expect(lines.join('')).not.toContain('hunter2');
  expect(entries()).toMatchObject([
    {
      err: {
        type: 'AggregateError',
        message: 'all failed',
        stack: expect.stringContaining('log.test.ts') as string,
        aggregateErrors: [
          {
            message: 'redis://[redacted]@redis:6379/0 can not be used',
            cause: { code: 'WRONGPASS', message: 'WRONGPASS invalid username-password pair' },
          },
        ],
      },
    },
  ]);
});
