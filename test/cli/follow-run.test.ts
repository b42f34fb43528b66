import { once } from 'node:events';
import { describe, expect, it, vi } from 'vitest';
import type { AnalysisPhase, AnalysisRun } from '../../schemas/index.js';
import { followRun } from '../../service/cli/runs/follow-run.js';
import type { Runs } from '../../service/cli/runs/runs.js';
import { runOf } from './fixtures/runs.js';

const inPhase = (phase: AnalysisPhase) => runOf({ phase }, [{ name: 'm', phase }]);
const never = new AbortController().signal;

async function aborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort');
}

/** Runs that show the given states, then wait to be terminated; `afterTerminate` is what they show then. */
function scripted(states: readonly AnalysisRun[], afterTerminate?: AnalysisRun) {
  const terminated = new AbortController();
  const terminate = vi.fn(() => {
    terminated.abort();
    return Promise.resolve();
  });
  const runs: Runs = {
    start: (run) => Promise.resolve(run),
    async *changes(_id, signal) {
      yield* states;
      await aborted(AbortSignal.any([terminated.signal, signal]));
      if (afterTerminate === undefined) await aborted(signal);
      else yield afterTerminate;
    },
    terminate,
    close: () => Promise.resolve(),
  };
  return { runs, terminate };
}

describe('following a run', () => {
  it('tells every change and ends with the completed run', async () => {
    const states = [inPhase('Running'), inPhase('Failed'), inPhase('Running')];
    const { runs, terminate } = scripted(states);
    const seen: AnalysisRun[] = [];
    const outcome = await followRun(runs, inPhase('Running'), {
      interrupt: never,
      onChange: (run) => seen.push(run),
    });
    expect(seen).toEqual(states.slice(0, 2));
    expect(outcome).toEqual({ run: states[1], ending: 'completed' });
    expect(terminate).not.toHaveBeenCalled();
  });

  it('terminates the run when the time is up, and answers how it ended', async () => {
    const { runs, terminate } = scripted([inPhase('Running')], inPhase('Successful'));
    const outcome = await followRun(runs, inPhase('Running'), {
      timeoutMs: 5,
      interrupt: never,
      onChange: () => undefined,
    });
    expect(outcome).toMatchObject({ ending: 'timedOut', run: { status: { phase: 'Successful' } } });
    expect(terminate).toHaveBeenCalledExactlyOnceWith('run-1');
  });

  it('never sets a timer longer than Node knows, which would end the run at once', async () => {
    const setTimer = vi.spyOn(globalThis, 'setTimeout');
    const { runs } = scripted([inPhase('Successful')]);
    const timeoutMs = 100 * 24 * 3_600_000;
    await followRun(runs, inPhase('Running'), { timeoutMs, interrupt: never, onChange: () => undefined });
    expect(setTimer.mock.calls.map(([, delayMs]) => delayMs)).toEqual([2 ** 31 - 1]);
  });

  it('terminates the run when interrupted, and waits no longer than the grace time for its end', async () => {
    const { runs, terminate } = scripted([inPhase('Running')]);
    const outcome = await followRun(runs, inPhase('Running'), {
      interrupt: AbortSignal.abort(),
      onChange: () => undefined,
      graceMs: 5,
    });
    expect(outcome).toMatchObject({ ending: 'interrupted', run: { status: { phase: 'Running' } } });
    expect(terminate).toHaveBeenCalledOnce();
  });

  it('says so when the run can not be terminated', async () => {
    const { runs } = scripted([inPhase('Running')]);
    const broken: Runs = { ...runs, terminate: () => Promise.reject(new Error('gone')) };
    const outcome = followRun(broken, inPhase('Running'), {
      interrupt: AbortSignal.abort(),
      onChange: () => undefined,
      graceMs: 5,
    });
    await expect(outcome).rejects.toThrow('gone');
  });
});
