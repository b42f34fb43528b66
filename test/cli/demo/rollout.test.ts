import { describe, expect, it } from 'vitest';
import { type Judgement, rollOut } from '../../../service/cli/demo/rollout.js';

const PROMOTE: Judgement = { verdict: 'promote', phase: 'Successful', metrics: [] };
const ROLLBACK: Judgement = { verdict: 'rollback', phase: 'Failed', message: 'too slow', metrics: [] };
const HOLD: Judgement = { verdict: 'hold', phase: 'Inconclusive', metrics: [] };

/** Rolls out with these verdicts one after the other, and answers the weights that were set. */
async function rolledOut(...verdicts: readonly (Judgement | Error)[]) {
  const weights: number[] = [];
  const asked: number[] = [];
  const left = [...verdicts];
  const end = await rollOut({
    shift: (percent) => weights.push(percent),
    judge: (percent) => {
      asked.push(percent);
      const next = left.shift();
      return next instanceof Error || next === undefined
        ? Promise.reject(next ?? new Error('asked too often'))
        : Promise.resolve(next);
    },
  }).catch((error: unknown) => error);
  return { weights, asked, end };
}

describe('a rollout', () => {
  it('asks at every step, and goes on to all of the traffic while the verdict is promote', async () => {
    expect(await rolledOut(PROMOTE, PROMOTE, PROMOTE, PROMOTE)).toEqual({
      weights: [10, 25, 50, 100],
      asked: [10, 25, 50, 100],
      end: { kind: 'promoted' },
    });
  });

  it.each([
    ['a rollback', ROLLBACK],
    ['a hold', HOLD],
  ])('takes all traffic back after %s, and asks no more', async (_name, judgement) => {
    expect(await rolledOut(PROMOTE, judgement)).toEqual({
      weights: [10, 25, 0],
      asked: [10, 25],
      end: { kind: 'rolledBack', atPercent: 25, judgement },
    });
  });

  it('takes all traffic back when no verdict comes, and tells why', async () => {
    const error = new Error('no webhook');
    expect(await rolledOut(PROMOTE, error)).toEqual({ weights: [10, 25, 0], asked: [10, 25], end: error });
  });
});
