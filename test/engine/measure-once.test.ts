import { afterEach, describe, expect, it, vi } from 'vitest';
import type { ExplainedMeasurement, Metric } from '../../schemas/index.js';
import { prepareRun } from '../../service/analysis/index.js';
import type { MeasureRequest } from '../../service/engine/index.js';
import { createMeasureOnce } from '../../service/engine/measuring/measure-once.js';

const metric: Metric = { name: 'smoke', provider: { job: { spec: { template: {} } } } };
const spec = { metrics: [metric] };

function preparedMetric() {
  const preparation = prepareRun(spec);
  const prepared = preparation.ok ? preparation.run.metrics[0] : undefined;
  if (prepared === undefined) throw new Error('the metric can not be prepared');
  return prepared;
}

/** Answers with one measurement after another and notes what was asked. */
function scripted(...answers: readonly Omit<ExplainedMeasurement, 'explain'>[]) {
  const asked: MeasureRequest[] = [];
  const once = createMeasureOnce(
    {
      explain(request) {
        asked.push(request);
        return Promise.resolve({ phase: 'Error', explain: {}, ...answers[asked.length - 1] });
      },
    },
    { nowMs: () => Date.parse('2026-11-25T00:00:00Z') },
  );
  return { asked, once: (signal: AbortSignal) => once(preparedMetric(), { spec }, signal) };
}

const running = { phase: 'Running', resumeAt: '2026-11-25T00:00:00.010Z', metadata: { job: 'j' } } as const;

describe('measuring once', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it('waits for the end of a measurement that goes on', async () => {
    const { asked, once } = scripted(running, running, { phase: 'Successful' });
    expect(await once(new AbortController().signal)).toMatchObject({ phase: 'Successful' });
    expect(asked.map(({ op }) => op)).toEqual(['measure', 'resume', 'resume']);
    expect(asked[1]?.previous).toMatchObject({ metadata: { job: 'j' } });
    expect(new Set(asked.map(({ run }) => run.id)).size).toBe(1);
    expect(asked[0]?.run.id).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('waits for a time that is further away than a timer can wait', async () => {
    vi.useFakeTimers();
    // As from a plugin that tells microseconds.
    const never = { ...running, resumeAt: '+058863-01-01T00:00:00.000Z' };
    const { asked, once } = scripted(never, { phase: 'Inconclusive' });
    const abort = new AbortController();
    const taken = once(abort.signal);
    await vi.advanceTimersByTimeAsync(24 * 3_600_000);
    abort.abort();
    expect(await taken).toMatchObject({ phase: 'Inconclusive' });
    expect(asked.map(({ op }) => op)).toEqual(['measure', 'terminate']);
  });

  it('ends what it began when a look at it was broken off', async () => {
    const abort = new AbortController();
    const asked: string[] = [];
    const once = createMeasureOnce(
      {
        explain({ op }) {
          asked.push(op);
          if (op === 'resume') abort.abort();
          const phase = op === 'resume' ? 'Error' : 'Inconclusive';
          return Promise.resolve({ explain: {}, ...(op === 'measure' ? running : { phase }) });
        },
      },
      { nowMs: () => Date.parse('2026-11-25T00:00:00Z') },
    );
    expect(await once(preparedMetric(), { spec }, abort.signal)).toMatchObject({ phase: 'Inconclusive' });
    expect(asked).toEqual(['measure', 'resume', 'terminate']);
  });

  it('ends what it began when nobody waits any more', async () => {
    const later = { ...running, resumeAt: '2026-11-25T01:00:00Z' };
    const { asked, once } = scripted(later, { phase: 'Inconclusive' });
    const abort = new AbortController();
    const taken = once(abort.signal);
    abort.abort();
    expect(await taken).toMatchObject({ phase: 'Inconclusive' });
    expect(asked.map(({ op }) => op)).toEqual(['measure', 'terminate']);
    expect(asked[1]?.signal.aborted).toBe(false);
  });
});
