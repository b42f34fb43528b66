import { describe, expect, it } from 'vitest';
import type { Tick } from '../../service/engine/timetable-port.js';
import { TickRunner } from '../../service/engine/redis/tick-runner.js';
import { createLog } from '../../service/platform/index.js';
import { FakeTime } from './fake-time.js';

const ticksOf = (job: string, count: number): readonly Tick[] =>
  Array.from({ length: count }, (_, n) => ({
    ...{ run: `${job}${n}`, incarnation: 'one', metric: 'errors', lane: 'web', seq: 1, terminating: false },
  }));

/** What a handler does until it is told how a tick ends. */
function heldTicks() {
  const ends = new Map<string, (error?: Error) => void>();
  const begun: string[] = [];
  const handler = ({ run }: Tick): Promise<void> => {
    begun.push(run);
    return new Promise((resolve, reject) => {
      ends.set(run, (error) => {
        if (error === undefined) resolve();
        else reject(error);
      });
    });
  };
  const end = (run: string, error?: Error): void => ends.get(run)?.(error);
  return { begun, handler, end };
}

function makeRunner(places: number, handler: (tick: Tick) => Promise<void>) {
  const time = new FakeTime();
  const startMs = time.nowMs();
  const handedOver: string[] = [];
  const logged: string[] = [];
  const store = { isAway: false };
  const abort = new AbortController();
  const runner = new TickRunner({
    ...{ clock: time, timers: time, places, handler, signal: abort.signal },
    log: createLog({ level: 'error', destination: { write: (line) => logged.push(line) } }),
    schedule(tick, dueAtMs) {
      if (store.isAway) return Promise.reject(new Error('Redis is away'));
      handedOver.push(`${tick.run} at ${dueAtMs - startMs}`);
      return Promise.resolve();
    },
  });
  /** Runs a job; its `state`, and what it was reduced to, by the time. */
  const run = (ticks: readonly Tick[]) => {
    const job = { state: 'runs', left: [] as string[] };
    runner
      .run(ticks, (left) => {
        job.left.push(`${time.nowMs() - startMs}: ${left.map((tick) => tick.run).join(' ')}`);
        return Promise.resolve();
      })
      .then(
        () => {
          job.state = 'ended';
        },
        (error: unknown) => {
          job.state = String(error);
        },
      );
    return job;
  };
  return { time, runner, abort, store, handedOver, logged, run };
}

describe('a job whose ticks have no room', () => {
  it('hands them over, ends when there is a place again, and takes none until then', async () => {
    const { begun, handler, end } = heldTicks();
    const { time, handedOver, run } = makeRunner(2, handler);
    const [hangs, waits] = [run(ticksOf('a', 2)), run(ticksOf('b', 2))];
    await time.advance(1_400);
    expect(handedOver).toEqual([]);
    await time.advance(10_000);
    expect(handedOver).toEqual(['b0 at 1500', 'b1 at 1500']);
    expect(waits.left).toEqual(['1500: ']);
    expect([hangs.state, waits.state]).toEqual(['runs', 'runs']);
    end('a1');
    await time.advance(0);
    expect([hangs.state, waits.state]).toEqual(['runs', 'ended']);
    end('a0');
    await time.advance(0);
    expect(hangs.state).toBe('ended');
    expect(begun).toEqual(['a0', 'a1']);
  });

  it('ends although its places were given back before that was asked for', async () => {
    const { handler, end } = heldTicks();
    const { time, handedOver, run } = makeRunner(1, handler);
    const job = run(ticksOf('a', 3));
    await time.advance(2_000);
    expect(handedOver).toEqual(['a1 at 1500', 'a2 at 1500']);
    end('a0');
    await time.advance(0);
    expect(job.state).toBe('ended');
  });

  it('keeps them until they are stored elsewhere', async () => {
    const { handler, end } = heldTicks();
    const { time, store, handedOver, run } = makeRunner(1, handler);
    store.isAway = true;
    const jobs = [run(ticksOf('a', 1)), run(ticksOf('b', 4))];
    await time.advance(20_000);
    end('a0');
    await time.advance(10_000);
    expect(jobs.map(({ state }) => state)).toEqual(['ended', 'runs']);
    store.isAway = false;
    await time.advance(500);
    expect(jobs.map(({ state }) => state)).toEqual(['ended', 'ended']);
    expect(handedOver.map((each) => each.slice(0, 2))).toEqual(['b0', 'b1', 'b2', 'b3']);
  });

  it('hands them over at once when the process stops, also those that come later', async () => {
    const { begun, handler, end } = heldTicks();
    const { time, runner, handedOver, run } = makeRunner(1, handler);
    const job = run(ticksOf('a', 3));
    await time.advance(10);
    runner.stop();
    const late = run(ticksOf('b', 1));
    await time.advance(0);
    expect(handedOver.toSorted()).toEqual(['a1 at 10', 'a2 at 10', 'b0 at 10']);
    expect([job.state, late.state]).toEqual(['runs', 'ended']);
    end('a0');
    await time.advance(0);
    expect(job.state).toBe('ended');
    expect(begun).toEqual(['a0']);
    expect(runner.takeInterrupted()).toEqual([]);
  });
});

describe('a job of several ticks', () => {
  it('repeats those that fail by jobs of their own, and tells of them once', async () => {
    const { handler, end } = heldTicks();
    const { time, handedOver, logged, run } = makeRunner(4, handler);
    const job = run(ticksOf('a', 3));
    await time.advance(100);
    end('a0', new Error('broken'));
    end('a2', new Error('broken too'));
    await time.advance(0);
    expect(handedOver).toEqual(['a0 at 5100', 'a2 at 5100']);
    expect(job.left).toEqual(['100: a1']);
    expect(logged).toHaveLength(1);
    expect(logged[0]).toMatch(/broken.*"run":"a0".*tick failed; it is repeated/);
    end('a1');
    await time.advance(0);
    expect(job.state).toBe('ended');
  });

  it('says which of them are left once it goes on for long', async () => {
    const { handler, end } = heldTicks();
    const { time, run } = makeRunner(4, handler);
    const job = run(ticksOf('a', 4));
    end('a0');
    await time.advance(4_999);
    expect(job.left).toEqual([]);
    await time.advance(1);
    expect(job.left).toEqual(['5000: a1 a2 a3']);
    await time.advance(1_000);
    end('a1');
    end('a3');
    await time.advance(0);
    expect(job.left.slice(1)).toEqual(['6000: a2']);
  });

  it('that is broken off names each of its ticks once', async () => {
    const { handler, end } = heldTicks();
    const { time, runner, abort, handedOver, run } = makeRunner(4, handler);
    const job = run(ticksOf('a', 2));
    await time.advance(0);
    abort.abort();
    end('a0', new Error('the worker is stopping'));
    end('a1', new Error('the worker is stopping'));
    await time.advance(0);
    expect(job.state).toBe('ended');
    expect(runner.takeInterrupted().map(({ run: name }) => name)).toEqual(['a0', 'a1']);
    expect(handedOver).toEqual([]);
  });
});

it('a job of one tick fails with it', async () => {
  const { time, handedOver, run } = makeRunner(4, () => Promise.reject(new Error('broken')));
  const job = run(ticksOf('a', 1));
  await time.advance(0);
  expect(job.state).toBe('Error: broken');
  expect(handedOver).toEqual([]);
});

it('a tick that was handed over in this very moment gets another identity', async () => {
  const identities: (number | undefined)[] = [];
  const time = new FakeTime();
  const runner = new TickRunner({
    ...{ clock: time, timers: time, places: 1, log: createLog({ level: 'silent' }) },
    ...{ handler: () => Promise.resolve(), signal: new AbortController().signal },
    schedule({ againAtMs }) {
      identities.push(againAtMs);
      return Promise.resolve();
    },
  });
  runner.stop();
  const [tick] = ticksOf('a', 1);
  if (tick === undefined) throw new RangeError('there is no tick');
  await runner.run([{ ...tick, againAtMs: time.nowMs() }], () => Promise.resolve());
  expect(identities).toEqual([time.nowMs() + 1]);
});

describe('a tick that is run here', () => {
  const [tick] = ticksOf('a', 1);
  if (tick === undefined) throw new RangeError('there is no tick');

  it('has a place of its own, if one is free', async () => {
    const { handler, begun, end } = heldTicks();
    const { time, runner } = makeRunner(1, () => Promise.resolve());
    runner.reserve()?.run(tick, handler);
    expect(runner.reserve()).toBeUndefined();
    end('a0');
    await time.advance(0);
    const place = runner.reserve();
    expect(runner.reserve()).toBeUndefined();
    place?.giveBack();
    runner.reserve()?.run(tick, handler);
    end('a0');
    await time.advance(0);
    runner.stop();
    expect(runner.reserve()).toBeUndefined();
    expect(begun).toEqual(['a0', 'a0']);
  });

  it('that fails becomes a job that comes 5 s later, as soon as that can be stored', async () => {
    const { handler, end } = heldTicks();
    const { time, runner, store, handedOver, logged } = makeRunner(1, () => Promise.resolve());
    runner.reserve()?.run(tick, handler);
    store.isAway = true;
    end('a0', new Error('broken'));
    await time.advance(2_000);
    expect([handedOver.length, logged.length]).toEqual([0, 1]);
    store.isAway = false;
    await time.advance(500);
    expect(handedOver).toEqual(['a0 at 5000']);
  });

  it('that comes for its place when the process stops is handed over at once', async () => {
    const { handler, begun } = heldTicks();
    const { time, runner, abort, handedOver } = makeRunner(2, () => Promise.resolve());
    const places = [runner.reserve(), runner.reserve()];
    await time.advance(10);
    runner.stop();
    places[0]?.run(tick, handler);
    // The store of a run may answer after all that ran has ended.
    await runner.hereEnded();
    abort.abort();
    places[1]?.run(tick, handler);
    await time.advance(0);
    expect([begun, handedOver]).toEqual([[], ['a0 at 10', 'a0 at 10']]);
  });

  it('is waited for, and told of when it was broken off', async () => {
    const { handler, end } = heldTicks();
    const { time, runner, abort, handedOver } = makeRunner(2, () => Promise.resolve());
    runner.reserve()?.run(tick, handler);
    let hasEnded = false;
    void runner.hereEnded().then(() => {
      hasEnded = true;
    });
    await time.advance(1_000);
    expect(hasEnded).toBe(false);
    abort.abort();
    end('a0', new Error('broken off'));
    await time.advance(0);
    expect([hasEnded, handedOver.length, runner.takeInterrupted()]).toEqual([true, 0, [tick]]);
  });
});
