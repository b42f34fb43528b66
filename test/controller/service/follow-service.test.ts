import { afterEach, expect, it } from 'vitest';
import { ServiceAwayError } from '../../../service/controller/service/away.js';
import { followService } from '../../../service/controller/service/follow-service.js';
import { FakeTime } from '../../engine/fake-time.js';
import { keptLog } from '../kept-log.js';

const over: AbortController[] = [];
afterEach(() => {
  for (const each of over.splice(0)) each.abort();
});

/** Follows a service whose streams live for so long, ms; undefined: it can not be reached. */
function followed(livesMs: () => number | undefined) {
  const time = new FakeTime();
  const { log, entries } = keptLog();
  const stop = new AbortController();
  over.push(stop);
  const readyAtMs: number[] = [];
  const away: string[] = [];
  const service = {
    follow: async function* () {
      const forMs = livesMs();
      if (forMs === undefined) throw new ServiceAwayError('connection refused');
      yield { kind: 'ready' } as const;
      await new Promise<void>((resolve) => {
        time.set(resolve, forMs);
      });
    },
  };
  void followService(
    { service, selection: { selector: 'a=b' }, clock: time, timers: time, log },
    {
      onReady: () => void readyAtMs.push(time.nowMs()),
      onRun: () => undefined,
      onAway: (reason) => void away.push(reason),
    },
    stop.signal,
  );
  return { time, readyAtMs, away, log: entries };
}

const pausesOf = (atMs: readonly number[]): readonly number[] =>
  atMs.slice(1).map((each, at) => each - (atMs[at] ?? 0));

it('streams that break right after they began are asked for ever more rarely', async () => {
  const { time, readyAtMs, away, log } = followed(() => 10);
  await time.advance(60_000);
  // 0.1 s, 0.2, 0.4, 0.8, 1.6, then 3 each, a quarter more or less.
  expect(readyAtMs.length).toBeLessThan(32);
  expect(pausesOf(readyAtMs).at(-1)).toBeGreaterThan(2_000);
  expect(log.map(({ msg, reason }) => `${msg}: ${String(reason)}`)).toEqual([
    'the Assay service can not be followed: the stream of changes has ended',
  ]);
  // It is not: whatever is to be known is known whenever one begins.
  expect(away).toEqual([]);
});

it('a stream that has lived is asked for again at once', async () => {
  let livesMs = 10;
  const { time, readyAtMs } = followed(() => livesMs);
  await time.advance(20_000);
  livesMs = 10_000;
  const before = readyAtMs.length;
  await time.advance(60_000);
  const [, ...pauses] = pausesOf(readyAtMs.slice(before));
  expect(pauses.length).toBeGreaterThan(3);
  expect(Math.max(...pauses)).toBeLessThan(10_200);
});

it('a service that goes away after streams that broke is away, and is told to be back', async () => {
  let livesMs: number | undefined = 10;
  const { time, away, log } = followed(() => livesMs);
  await time.advance(20_000);
  livesMs = undefined;
  await time.advance(20_000);
  expect(away).toEqual(['connection refused']);
  livesMs = 60_000;
  await time.advance(5_000);
  expect(log.at(-1)?.msg).toBe('the Assay service answers again');
});
