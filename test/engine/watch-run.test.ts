import { expect, it } from 'vitest';
import type { RunStore, StoredRun } from '../../service/engine/ports.js';
import { watchRun } from '../../service/engine/watch-run.js';

const never = new Promise<never>(() => undefined);
/** Timers that never go off. */
const timers = { set: () => () => undefined };
const run = { id: 'one' } as StoredRun;

async function statesOf(store: Partial<RunStore>, signal: AbortSignal): Promise<number> {
  let states = 0;
  for await (const _run of watchRun(store as RunStore, timers, 'one', signal)) states++;
  return states;
}

it.each([
  ['can not be subscribed to', { watch: () => never }],
  ['can not be read', { watch: () => Promise.resolve(() => undefined), load: () => never }],
])('a run that %s is watched no longer than anybody waits', async (_what, store) => {
  const waiting = new AbortController();
  const watched = statesOf(store, waiting.signal);
  waiting.abort();
  expect(await watched).toBe(0);
  expect(await statesOf(store, AbortSignal.abort())).toBe(0);
});

it('a subscription that is made when nobody waits any more is ended', async () => {
  let subscribe: (unwatch: () => void) => void = () => undefined;
  const watching = new Promise<() => void>((resolve) => {
    subscribe = resolve;
  });
  const watched = statesOf({ watch: () => watching }, AbortSignal.abort());
  expect(await watched).toBe(0);
  await new Promise<void>((resolve) => {
    subscribe(resolve);
  });
});

it('a run is seen once and again after each change, until nobody waits', async () => {
  const waiting = new AbortController();
  let notice: () => void = () => undefined;
  let unwatched = 0;
  const store: Partial<RunStore> = {
    watch: (_id, listener) => {
      notice = listener;
      return Promise.resolve(() => {
        unwatched++;
      });
    },
    load: () => Promise.resolve(run),
  };
  let states = 0;
  for await (const _run of watchRun(store as RunStore, timers, 'one', waiting.signal)) {
    states++;
    if (states === 3) waiting.abort();
    else notice();
  }
  expect([states, unwatched]).toEqual([3, 1]);
});
