import { describe, expect, it } from 'vitest';
import { ServiceAwayError } from '../../service/controller/service/away.js';
import { type FakeMirror, useFakeMirror } from './fake-mirror.js';

const begin = useFakeMirror();

const warningsOf = ({ log }: FakeMirror): readonly unknown[] =>
  log.filter(({ level }) => level === 'warn').map(({ reason, msg }) => `${msg}: ${String(reason)}`);

describe('while the service refuses a run', () => {
  it('it is asked ever more rarely, and at once when it is followed again', async () => {
    let asked = 0;
    const { time, ...cluster } = await begin({
      handOver: () => {
        asked += 1;
        return Promise.reject(new ServiceAwayError('answered 401'));
      },
    });
    cluster.create('run');
    await time.advance(60_000);
    // 0.5 s, 1, 2, 4, 8, then 15 each, a quarter more or less: and what is written meanwhile asks for nothing.
    expect(asked).toBeGreaterThanOrEqual(7);
    expect(asked).toBeLessThanOrEqual(11);
    await time.advance(60_000);
    expect(asked).toBeLessThanOrEqual(17);
  });

  it('object and log tell why it does now, and the log again every five minutes', async () => {
    let reason = 'http://s can not be reached: connect ECONNREFUSED ::1:80';
    const started = await begin({ handOver: () => Promise.reject(new ServiceAwayError(reason)) });
    const message = (): unknown => started.runs.get('run')?.status['message'];
    const told = 'the Assay service takes no runs, or not this one: objects wait and say so';
    started.create('run');
    await started.time.advance(10_000);
    expect(message()).toBe(`waiting for the Assay service: ${reason}`);
    expect(warningsOf(started)).toEqual([`${told}: ${reason}`]);
    const before = reason;
    reason = 'http://s answered 403: no scope run';
    await started.time.advance(45_000);
    expect(message()).toBe(`waiting for the Assay service: ${reason}`);
    expect(warningsOf(started)).toEqual([before, reason].map((each) => `${told}: ${each}`));
    await started.time.advance(6 * 60_000);
    expect(warningsOf(started)).toEqual([before, reason, reason].map((each) => `${told}: ${each}`));
  });

  it('it is not asked before it wants to be', async () => {
    const askedAtMs: number[] = [];
    const { time, ...cluster } = await begin({
      handOver: () => {
        askedAtMs.push(time.nowMs());
        return Promise.reject(new ServiceAwayError('answered 429', { retryAtMs: time.nowMs() + 30_000 }));
      },
    });
    cluster.create('run');
    await time.advance(40_000);
    const [first = 0, second = 0, ...others] = askedAtMs;
    expect(others).toEqual([]);
    expect(second - first).toBeGreaterThanOrEqual(30_000);
    expect(second - first).toBeLessThanOrEqual(37_500);
  });
});

it('a request that the end of a controller breaks off is no failure, and is not asked again', async () => {
  let asked = 0;
  let breakOff = (): void => undefined;
  const started = await begin({
    handOver: () => {
      asked += 1;
      return new Promise((_resolve, reject) => {
        breakOff = () => {
          reject(new ServiceAwayError('the operation was aborted'));
        };
      });
    },
  });
  started.create('run');
  await started.time.advance(0);
  const stopped = started.stop();
  breakOff();
  await stopped;
  expect({ asked, warnings: warningsOf(started) }).toEqual({ asked: 1, warnings: [] });
});

describe('while the service takes requests and answers none', () => {
  const TIMEOUT_MS = 15_000;
  const names = Array.from({ length: 200 }, (_, index) => `run-${index}`);
  const WAITING = 'waiting for the Assay service: http://s did not answer in time';

  /** A service that answers nothing until it is `well`. */
  async function beginSilent() {
    const state = { isWell: false, asked: 0 };
    const silent = () =>
      new Promise<never>((_resolve, reject) => {
        state.asked += 1;
        started.time.set(() => {
          reject(new ServiceAwayError('http://s did not answer in time', { isSilent: true }));
        }, TIMEOUT_MS);
      });
    const started = await begin({
      handOver: () =>
        state.isWell ? Promise.resolve({ kind: 'known', status: { phase: 'Successful' } }) : silent(),
      forget: () => (state.isWell ? Promise.resolve() : silent()),
    });
    const told = (text: string): number =>
      names.filter((name) => {
        const { phase, message } = started.runs.get(name)?.status ?? {};
        return phase === text || message === text;
      }).length;
    return { ...started, state, told };
  }

  it('all objects say so, however many they are, and one of them asks', async () => {
    const { time, state, told, ...cluster } = await beginSilent();
    for (const name of names) cluster.create(name);
    await time.advance(TIMEOUT_MS);
    const askedAtOnce = state.asked;
    // The one that asks is told when it was not answered.
    await time.advance(TIMEOUT_MS + 1_000);
    expect(told(WAITING)).toBe(names.length);
    await time.advance(10 * TIMEOUT_MS);
    expect(state.asked - askedAtOnce).toBeLessThanOrEqual(12);
    state.isWell = true;
    await time.advance(3 * TIMEOUT_MS);
    expect(told('Successful')).toBe(names.length);
  });

  it('runs that were deleted do not keep others from saying so', async () => {
    const { time, state, told, ...cluster } = await beginSilent();
    for (let index = 0; index < 200; index += 1) cluster.create(`deleted-${index}`);
    await time.advance(TIMEOUT_MS);
    for (let index = 0; index < 200; index += 1) cluster.remove(`deleted-${index}`);
    for (const name of names) cluster.create(name);
    await time.advance(TIMEOUT_MS + 1_000);
    expect(told(WAITING)).toBe(names.length);
    state.isWell = true;
    await time.advance(TIMEOUT_MS);
  });
});

it('why the service can not be followed is told when it is another reason, and again every five minutes', async () => {
  let reason = 'http://s can not be reached: connect ECONNREFUSED 127.0.0.1:80';
  const started = await begin({
    async *follow() {
      await Promise.resolve();
      throw new ServiceAwayError(reason);
    },
  });
  const told = 'the Assay service can not be followed';
  await started.time.advance(30_000);
  expect(warningsOf(started)).toEqual([`${told}: ${reason}`]);
  const before = reason;
  reason = 'http://s answered 401: no token';
  await started.time.advance(30_000);
  expect(warningsOf(started)).toEqual([before, reason].map((each) => `${told}: ${each}`));
  await started.time.advance(5 * 60_000);
  expect(warningsOf(started)).toEqual([before, reason, reason].map((each) => `${told}: ${each}`));
});
