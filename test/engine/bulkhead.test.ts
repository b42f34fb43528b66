import { expect, it } from 'vitest';
import { Bulkhead } from '../../service/engine/bulkhead.js';
import { FakeTime } from './fake-time.js';

const PLACES = 100;
const QUEUE = { queue: 'prometheus', places: PLACES };

/** A bulkhead whose time the test moves. */
function setUp() {
  const time = new FakeTime();
  const bulkhead = new Bulkhead({ clock: time, timers: time });
  /** Asks for a place; waiting for one takes as long as it may. Undefined: there was none. */
  const enter = async (server: string): Promise<(() => void) | undefined> => {
    const asked = bulkhead.enter(QUEUE, server);
    await time.advance(100);
    const admission = await asked;
    return 'leave' in admission ? admission.leave : undefined;
  };
  /** One measurement that ends at once. True: it had a place. */
  const measure = async (server: string): Promise<boolean> => {
    const leave = await enter(server);
    leave?.();
    return leave !== undefined;
  };
  /** Asks for so many places at the same moment, and keeps what is given. */
  const hang = async (server: string, times: number): Promise<number> => {
    const asked = Array.from({ length: times }, () => bulkhead.enter(QUEUE, server));
    await time.advance(100);
    const admissions = await Promise.all(asked);
    return admissions.filter((admission) => 'leave' in admission).length;
  };
  /** When what finds no place comes again. */
  const againAfterMs = async (server: string): Promise<number | undefined> => {
    const admission = await bulkhead.enter(QUEUE, server);
    return 'againAtMs' in admission ? admission.againAtMs - time.nowMs() : undefined;
  };
  /** A quick server that has all the places it may have; `leave` gives back the one it has had for longest. */
  const fill = async (server: string) => {
    await measure(server);
    const leaves: (() => void)[] = [];
    for (let place = 0; place < PLACES / 2; place++) {
      const admission = await bulkhead.enter(QUEUE, server);
      if ('leave' in admission) leaves.push(admission.leave);
    }
    return { leave: () => leaves.shift()?.() };
  };
  /** Asks for a place; `state` says what became of it so far. */
  const ask = (server: string) => {
    const asked: { state: 'waits' | 'has one' | 'comes again' } = { state: 'waits' };
    const settled = bulkhead.enter(QUEUE, server).then((admission) => {
      asked.state = 'leave' in admission ? 'has one' : 'comes again';
    });
    return { asked, settled };
  };
  return { time, enter, measure, hang, againAfterMs, fill, ask };
}

it('lets servers that never answered take no more than three quarters of the places, however many they are', async () => {
  const { measure, hang } = setUp();
  expect(await measure('healthy')).toBe(true);
  let taken = 0;
  for (let index = 0; index < 300; index++) taken += await hang(`hanging-${index}`, 20);
  expect(taken).toBe(PLACES * 0.75);
  for (let turn = 0; turn < 20; turn++) expect(await measure('healthy')).toBe(true);
});

it('lets servers that are known to be slow take no more than half of the places, so that new ones are asked', async () => {
  const { time, enter, hang, measure } = setUp();
  for (let index = 0; index < 100; index++) {
    const leave = await enter(`slow-${index}`);
    await time.advance(5_000);
    leave?.();
  }
  let taken = 0;
  for (let index = 0; index < 100; index++) taken += await hang(`slow-${index}`, 10);
  expect(taken).toBe(PLACES / 2);
  expect(await measure('new')).toBe(true);
});

it('gives one server that never answered a quarter of the places', async () => {
  const { hang } = setUp();
  expect(await hang('hanging', 200)).toBe(PLACES / 4);
});

it('gives one quick server half of the places', async () => {
  const { measure, hang } = setUp();
  await measure('busy');
  expect(await hang('busy', 200)).toBe(PLACES / 2);
});

it('leaves room when quick servers stop answering all at once', async () => {
  const { measure, hang } = setUp();
  const names = Array.from({ length: 8 }, (_, index) => `stops-${index}`);
  for (const name of [...names, 'healthy']) await measure(name);
  let taken = 0;
  for (const name of names) taken += await hang(name, 200);
  expect(taken).toBeLessThan(PLACES);
  expect(await measure('healthy')).toBe(true);
});

it('takes a server for quick again that answered quickly', async () => {
  const { time, enter, measure, hang } = setUp();
  const leave = await enter('recovers');
  await time.advance(5_000);
  leave?.();
  expect(await measure('recovers')).toBe(true);
  expect(await hang('recovers', 200)).toBe(PLACES / 2);
});

it('does not take a server for slow because one of its measurements takes long', async () => {
  const { time, measure, hang } = setUp();
  await measure('mixed');
  expect(await hang('mixed', 1)).toBe(1);
  await time.advance(6_000);
  expect(await measure('mixed')).toBe(true);
  expect(await hang('mixed', 200)).toBe(PLACES / 2 - 1);
});

it('lets what found no place come again the later, the longer its server keeps the others waiting', async () => {
  const { time, hang, againAfterMs } = setUp();
  await hang('hanging', PLACES / 4);
  expect(await againAfterMs('hanging')).toBe(1_000);
  await time.advance(12_000);
  expect(await againAfterMs('hanging')).toBe(3_025);
  await time.advance(60_000);
  expect(await againAfterMs('hanging')).toBe(5_000);
});

it('gives a place that is given back to the one that waits longest', async () => {
  const { time, fill, ask } = setUp();
  const { leave } = await fill('busy');
  const [first, second] = [ask('busy').asked, ask('busy').asked];
  await time.advance(50);
  leave();
  await time.advance(0);
  expect([first.state, second.state]).toEqual(['has one', 'waits']);
  leave();
  await time.advance(0);
  expect(second.state).toBe('has one');
});

it('waits for a server that keeps places for long and gives one back all the time', async () => {
  const { time, fill, ask } = setUp();
  const { leave } = await fill('busy');
  await time.advance(300);
  const early = ask('busy').asked;
  await time.advance(0);
  expect(early.state).toBe('comes again');
  leave();
  ask('busy');
  const { asked } = ask('busy');
  await time.advance(50);
  expect(asked.state).toBe('waits');
  leave();
  await time.advance(0);
  expect(asked.state).toBe('has one');
});

it('does not hold against a server that the process itself was short of time, but for a second', async () => {
  const { time, fill, ask } = setUp();
  const { leave } = await fill('busy');
  const served = ask('busy').asked;
  time.block(170);
  await time.advance(0);
  expect(served.state).toBe('waits');
  leave();
  await time.advance(0);
  expect(served.state).toBe('has one');
  leave();
  await ask('busy').settled;
  const late = ask('busy').asked;
  for (let turn = 0; turn < 5; turn++) {
    expect(late.state).toBe('waits');
    time.block(190);
    await time.advance(0);
  }
  time.block(190);
  await time.advance(0);
  expect(late.state).toBe('comes again');
});
