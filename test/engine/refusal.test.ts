import { expect, it } from 'vitest';
import { asRefusal, StoreRefusalError } from '../../service/engine/redis/refusal.js';

it.each([
  [
    "OOM command not allowed when used memory > 'maxmemory'. script: 1, on @user_script:14.",
    'Redis is full (maxmemory)',
  ],
  [
    "ERR Error running script (call to f_1): @user_script:14: @user_script: 14: -OOM command not allowed when used memory > 'maxmemory'. ",
    'Redis is full (maxmemory)',
  ],
  ['MISCONF Errors writing to the AOF file: No space left on device', 'Redis can not write to its disk'],
  ['CLUSTERDOWN The cluster is down', 'a part of the Redis Cluster is away'],
  [
    "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.",
    'this Redis is a replica that has lost its master',
  ],
  [
    'TRYAGAIN Multiple keys request during rehashing of slot',
    'a slot of the Redis Cluster is on its way to another node',
  ],
])('"%s" is a refusal: %s', (message, reason) => {
  const cause = new Error(message);
  expect(asRefusal(cause)).toEqual(new StoreRefusalError(reason, { cause }));
});

it.each([
  'ERR Error running script (call to f_1): @user_script:1: a fault of ours',
  'NOAUTH Authentication required.',
])('"%s" is none', (message) => {
  const error = new Error(message);
  expect(asRefusal(error)).toBe(error);
});
