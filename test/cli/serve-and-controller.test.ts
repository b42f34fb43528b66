import { describe, expect, it } from 'vitest';
import {
  RedisAccessError,
  RedisSetupError,
  RedisUnreachableError,
  RedisUrlError,
} from '../../service/engine/index.js';
import { command } from './fixtures/command.js';

describe('assay serve', () => {
  it('serves as its flags say until the process is told to end', async () => {
    const ending = new AbortController();
    const seen: string[] = [];
    const { code, err } = await command(['serve', '--port', '0', '--host', '::1', '--role', 'api'], {
      interrupt: ending.signal,
      openServer: (flags) => {
        seen.push(JSON.stringify(flags));
        setImmediate(() => {
          ending.abort();
        });
        const close = () => {
          seen.push(`closed, told to end: ${ending.signal.aborted}`);
          return Promise.resolve();
        };
        return Promise.resolve({ url: 'http://127.0.0.1:81', close });
      },
    });
    expect(seen).toEqual(['{"port":"0","host":"::1","role":"api"}', 'closed, told to end: true']);
    expect({ code, err }).toEqual({ code: 0, err: 'assay 1.2.3 listens on http://127.0.0.1:81\n' });
  });

  it('ends the process by force, with a code that says so, when something keeps it', async () => {
    const seen: string[] = [];
    await new Promise<void>((resolve) => {
      void command(['serve'], {
        interrupt: AbortSignal.abort(),
        openServer: () =>
          Promise.resolve({
            url: 'http://127.0.0.1:81',
            close: () => new Promise<never>(() => undefined),
            lastResort: { afterMs: 1, tell: () => void seen.push('told') },
          }),
        exit(code) {
          seen.push(`exit ${code}`);
          resolve();
        },
      });
    });
    expect(seen).toEqual(['told', 'exit 70']);
  });

  it.each([
    [new RedisUrlError('the Redis URL is odd'), 64, 'ASSAY_REDIS_URL: the Redis URL is odd\n'],
    [
      new RedisSetupError(['version 5 is too old']),
      64,
      'ASSAY_REDIS_URL: Redis can not be used:\n  version 5 is too old\n',
    ],
    [
      new RedisUnreachableError('Redis can not be reached: connect ECONNREFUSED 127.0.0.1:1'),
      69,
      'ASSAY_REDIS_URL: Redis can not be reached: connect ECONNREFUSED 127.0.0.1:1\n',
    ],
    [
      new RedisAccessError('Redis refused the password (or user): WRONGPASS'),
      64,
      'ASSAY_REDIS_URL: Redis refused the password (or user): WRONGPASS\n',
    ],
    [
      Object.assign(new Error('listen EADDRINUSE'), { syscall: 'listen' }),
      69,
      'can not listen: listen EADDRINUSE\n',
    ],
  ])('tells a setup that can not be used: %s', async (error, exitCode, told) => {
    const { code, err } = await command(['serve'], { openServer: () => Promise.reject(error) });
    expect({ code, err }).toEqual({ code: exitCode, err: told });
  });
});

describe('assay controller', () => {
  it.each([
    [['--leader-elect'], { leaderElect: true }],
    [['--no-leader-elect'], { leaderElect: false }],
    [[], {}],
  ])('with %j is asked for %j', async (flags, asked) => {
    const ending = new AbortController();
    let seen: object = {};
    const { code } = await command(['controller', ...flags], {
      interrupt: ending.signal,
      openController: (options) => {
        seen = options;
        ending.abort();
        return Promise.resolve({
          ...{ url: 'http://localhost:8081', ended: new Promise(() => undefined) },
          stop: () => Promise.resolve(),
        });
      },
    });
    expect({ code, seen }).toEqual({ code: 0, seen: asked });
  });

  it('says that its port is taken', async () => {
    const taken = Object.assign(new Error('listen EADDRINUSE: address already in use :::8081'), {
      syscall: 'listen',
    });
    const { code, err } = await command(['controller'], { openController: () => Promise.reject(taken) });
    expect({ code, err }).toEqual({
      ...{ code: 69, err: 'can not listen: listen EADDRINUSE: address already in use :::8081\n' },
    });
  });
});
