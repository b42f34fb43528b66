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
