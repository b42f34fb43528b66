import { expect, it } from 'vitest';
import { RedisUrlError } from '../../service/engine/index.js';
import { parseRedisUrl } from '../../service/engine/redis/connect.js';

it.each([
  ['redis://cache', { mode: 'single', nodes: [{ host: 'cache', port: 6379 }], tls: false, database: 0 }],
  [
    'rediss://me:p%40ss@cache:7000/3',
    {
      mode: 'single',
      nodes: [{ host: 'cache', port: 7000 }],
      tls: true,
      database: 3,
      username: 'me',
      password: 'p@ss',
    },
  ],
  [
    'redis://:secret@[::1]:7000',
    { mode: 'single', nodes: [{ host: '::1', port: 7000 }], tls: false, database: 0, password: 'secret' },
  ],
  [
    'redis+sentinel://one,two:27000/main',
    {
      mode: 'sentinel',
      nodes: [
        { host: 'one', port: 26379 },
        { host: 'two', port: 27000 },
      ],
      tls: false,
      database: 0,
      master: 'main',
    },
  ],
  [
    'rediss+cluster://one:1,two:2',
    {
      mode: 'cluster',
      nodes: [
        { host: 'one', port: 1 },
        { host: 'two', port: 2 },
      ],
      tls: true,
      database: 0,
    },
  ],
] as const)('%s names its servers', (url, target) => {
  expect(parseRedisUrl(url)).toEqual(target);
});

it.each([
  ['http://cache', 'the Redis URL is not of the form redis://host:port'],
  ['redis://one,two', 'several hosts need redis+sentinel:// or redis+cluster://'],
  ['redis+sentinel://one', "redis+sentinel:// needs the master's name: redis+sentinel://host,host/name"],
  ['redis://cache/zero', 'the database must be a number'],
  ['redis://:%zz@cache', 'the credentials of the Redis URL are not percent-encoded'],
  ['redis://:hush@ca:che:1', 'a host of the Redis URL is not of the form host:port'],
])('%s is refused without being repeated', (url, message) => {
  expect(() => parseRedisUrl(url)).toThrow(new RedisUrlError(message));
});
