import { expect, it } from 'vitest';
import { StoreRefusalError } from '../../service/engine/index.js';
import { asRefusal } from '../../service/engine/redis/refusal.js';

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
])('"%s" is a refusal of writes: %s', (message, reason) => {
  const cause = new Error(message);
  expect(asRefusal(cause)).toEqual(new StoreRefusalError(reason, { cause }));
});

it.each([
  ['CLUSTERDOWN The cluster is down', 'a part of the Redis Cluster is away'],
  [
    "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.",
    'this Redis is a replica that has lost its master',
  ],
  [
    'TRYAGAIN Multiple keys request during rehashing of slot',
    'a slot of the Redis Cluster is on its way to another node',
  ],
])('"%s" is a refusal of reads as well: %s', (message, reason) => {
  const cause = new Error(message);
  expect(asRefusal(cause)).toEqual(new StoreRefusalError(reason, { cause, readsGoOn: false }));
});

it.each([
  "NOPERM User app has no permissions to run the 'zadd' command",
  "ERR The user executing the script can't run this command or subcommand script: 1, on @user_script:14.",
])('"%s" is a lack of rights', (message) => {
  expect(asRefusal(new Error(message))).toMatchObject({ name: 'StoreRefusalError', isForbidden: true });
});

it.each([
  'ERR Error running script (call to f_1): @user_script:1: a fault of ours',
  'NOAUTH Authentication required.',
])('"%s" is none', (message) => {
  const error = new Error(message);
  expect(asRefusal(error)).toBe(error);
});
