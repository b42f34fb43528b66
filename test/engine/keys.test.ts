import { fc, test } from '@fast-check/vitest';
import { expect, it } from 'vitest';
import { readSeriesMember, seriesMember, shardKeys, shardOf } from '../../service/engine/redis/keys.js';
import { tickId } from '../../service/engine/tick-id.js';

it('all keys of a shard have its hash tag', () => {
  const keys = shardKeys('assay', 2);
  const all = [
    keys.prefix,
    keys.run('a'),
    keys.next,
    keys.all,
    keys.namespace('x'),
    keys.phases,
    keys.expiry,
    keys.outbox,
  ];
  for (const key of all) expect(key).toMatch(/^\{assay-2\}/);
});

it('the shard of a run stays the same from version to version', () => {
  // Published values of FNV-1a.
  expect(shardOf('a', 2 ** 32)).toBe(0xe40c292c);
  expect(shardOf('foobar', 2 ** 32)).toBe(0xbf9cf968);
  expect(shardOf('foobar', 7)).toBe(0xbf9cf968 % 7);
});

const text = fc.string({ unit: 'binary' });

test.prop([text.filter((id) => !id.includes('\n')), text])(
  'a series is found again by its name in an index',
  (id, metric) => {
    expect(readSeriesMember(seriesMember(id, metric))).toEqual({ id, metric });
  },
);

test.prop([fc.tuple(text, text, fc.nat()), fc.tuple(text, text, fc.nat())])(
  'the identity of a tick is its own, and one that BullMQ takes',
  (one, other) => {
    const ids = [one, other].map(([run, metric, seq]) =>
      tickId({ run, incarnation: 'aB-_', metric, lane: 'web', seq, terminating: false }),
    );
    expect(ids[0] === ids[1]).toBe(JSON.stringify(one) === JSON.stringify(other));
    for (const id of ids) expect(id).toMatch(/^[^:]*\/aB-_\/[^:]*\/\d+$/);
  },
);
