import { expect, it } from 'vitest';
import { createDestinations } from '../../service/providers/http/destination.js';
import { createEgressPolicy } from '../../service/providers/http/egress.js';

const destinationOf = createDestinations(createEgressPolicy({ loopback: true }), undefined);

it('a destination is found out once', () => {
  const url = 'http://prometheus:9090/api/v1/query';
  expect(destinationOf('POST', url)).toBe(destinationOf('GET', url));
});

it.each(['http://me:pass@store/x', 'http://me@store/x', 'https://store/x?token=abc'])(
  'a destination that has secrets is not kept: %s',
  (url) => {
    expect(destinationOf('GET', url)).not.toBe(destinationOf('GET', url));
    expect(destinationOf('GET', url)).toEqual(destinationOf('GET', url));
  },
);

it.each([
  ['http://j%C3%BCrgen:p%40ss@store/', 'jürgen:p@ss'],
  ['http://a%FF@store/', 'a\xff:'],
  ['http://jürgen@store/', 'jürgen:'],
])('user and password of %s are sent as the bytes that they are', (url, sent) => {
  const bytes = sent.includes('\xff') ? Buffer.from(sent, 'latin1') : Buffer.from(sent);
  expect(destinationOf('GET', url).authorization).toBe(`Basic ${bytes.toString('base64')}`);
});
