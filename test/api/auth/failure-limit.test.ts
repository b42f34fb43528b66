import { expect, it } from 'vitest';
import { createFailureLimit } from '../../../service/api/auth/failure-limit.js';

it('lets a source fail ten times at once, and then once each six seconds', () => {
  let nowMs = 0;
  const limit = createFailureLimit(() => nowMs);
  for (let count = 0; count < 10; count++) {
    expect(limit.blockedForS('10.0.0.1')).toBeUndefined();
    limit.failed('10.0.0.1');
  }
  expect(limit.blockedForS('10.0.0.1')).toBe(6);
  expect(limit.blockedForS('10.0.0.2')).toBeUndefined();
  nowMs += 5_999;
  expect(limit.blockedForS('10.0.0.1')).toBe(1);
  nowMs += 1;
  expect(limit.blockedForS('10.0.0.1')).toBeUndefined();
  limit.failed('10.0.0.1');
  expect(limit.blockedForS('10.0.0.1')).toBe(6);
  nowMs += 60_000;
  for (let count = 0; count < 9; count++) limit.failed('10.0.0.1');
  expect(limit.blockedForS('10.0.0.1')).toBeUndefined();
});

it('takes the addresses of one machine for one source, in whatever form they come', () => {
  const limit = createFailureLimit(() => 0);
  for (let count = 0; count < 10; count++) limit.failed(`2001:db8:0:1::${count + 1}`);
  expect(limit.blockedForS('2001:db8:0:1:ffff::1')).toBe(6);
  expect(limit.blockedForS('2001:db8:0:2::1')).toBeUndefined();
  for (let port = 1; port <= 10; port++) limit.failed(`10.0.0.7:${port}`);
  expect(limit.blockedForS('10.0.0.7:65000')).toBe(6);
  expect(limit.blockedForS('10.0.0.7')).toBe(6);
  expect(limit.blockedForS('[2001:db8:0:1::9]:4711')).toBe(6);
  for (let count = 0; count < 10; count++) limit.failed('::ffff:10.0.0.1');
  expect(limit.blockedForS('10.0.0.1')).toBe(6);
});

it('forgets sources when there are too many, those of the last failures not', () => {
  const limit = createFailureLimit(() => 0);
  for (let count = 0; count < 10; count++) limit.failed('10.0.0.1');
  for (let source = 0; source < 9_999; source++) limit.failed(`s${source}`);
  expect(limit.blockedForS('10.0.0.1')).toBe(6);
  for (let source = 0; source < 10_000; source++) limit.failed(`t${source}`);
  expect(limit.blockedForS('10.0.0.1')).toBeUndefined();
});
