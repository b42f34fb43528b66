import { EventEmitter } from 'node:events';
import { expect, it } from 'vitest';
import { tellOutages } from '../../service/engine/redis/outages.js';
import { createLog } from '../../service/platform/index.js';

it('that Redis is back is told once, with how long it was away; that a process has found it is not', () => {
  const logged: { awayMs: number; msg: string }[] = [];
  const log = createLog({
    level: 'info',
    destination: { write: (line: string) => void logged.push(JSON.parse(line) as (typeof logged)[number]) },
  });
  const client = new EventEmitter();
  let now = 0;
  tellOutages(client, { log, nowMs: () => now });
  // The start, with one attempt in vain.
  client.emit('close');
  now = 50;
  client.emit('ready');
  expect(logged).toEqual([]);
  for (const atMs of [1_000, 1_040, 1_100]) {
    now = atMs;
    client.emit('close');
  }
  now = 61_000;
  client.emit('ready');
  client.emit('ready');
  expect(logged).toMatchObject([{ awayMs: 60_000, msg: 'Redis answers again' }]);
});
