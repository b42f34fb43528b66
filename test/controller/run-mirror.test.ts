import { afterEach, describe, expect, it } from 'vitest';
import { ServiceAwayError } from '../../service/controller/service/away.js';
import { type FakeService, startFakeMirror } from './fake-mirror.js';

let mirror: ReturnType<typeof startFakeMirror> | undefined;
afterEach(async () => {
  await mirror?.stop();
  mirror = undefined;
});

async function begin(service: FakeService): Promise<ReturnType<typeof startFakeMirror>> {
  const started = startFakeMirror(service);
  mirror = started;
  await started.time.advance(0);
  return started;
}

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
