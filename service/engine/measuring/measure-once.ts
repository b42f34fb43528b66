import { randomUUID } from 'node:crypto';
import type { AnalysisRun, ExplainedMeasurement } from '../../../schemas/index.js';
import { isCompleted, type PreparedMetric } from '../../analysis/index.js';
import { type Clock, pause, systemTimers } from '../../platform/index.js';
import type { MeasureRequest } from '../engine.js';
import type { Measuring } from './measuring.js';

/** Time that the end of an abandoned measurement may take, ms. */
const END_WITHIN_MS = 10_000;
/** Least time between two looks at a measurement that goes on, ms. */
const LEAST_PAUSE_MS = 200;

/**
 * Takes one measurement of a metric now, as if a run of it had begun, and waits for its end: a Job's, say. When `signal`
 * is aborted before, what was begun is ended, so that nothing is left behind.
 */
export const createMeasureOnce =
  ({ explain }: Pick<Measuring, 'explain'>, clock: Clock) =>
  async (metric: PreparedMetric, run: AnalysisRun, signal: AbortSignal): Promise<ExplainedMeasurement> => {
    const { name, generateName, namespace } = run.metadata ?? {};
    const request: Omit<MeasureRequest, 'op'> = {
      metric,
      args: run.spec.args ?? [],
      run: {
        // What is made for it must not meet what a run has made: an id that is asked for could be that of anybody's run.
        id: randomUUID(),
        name: name ?? generateName ?? '',
        namespace: namespace === undefined || namespace === '' ? 'default' : namespace,
        startedAtMs: clock.nowMs(),
      },
      signal,
    };
    let taken = await explain({ ...request, op: 'measure' });
    while (goesOn(taken)) {
      const waitMs = Date.parse(taken.resumeAt ?? '') - clock.nowMs();
      await pause(systemTimers, Math.max(waitMs, LEAST_PAUSE_MS), signal);
      const previous = taken;
      if (!signal.aborted) taken = await explain({ ...request, op: 'resume', previous });
      // An Error then most likely is that of a look that was broken off.
      if (signal.aborted && (goesOn(taken) || taken.phase === 'Error')) {
        const ending = AbortSignal.timeout(END_WITHIN_MS);
        return await explain({ ...request, op: 'terminate', previous, signal: ending });
      }
    }
    return taken;
  };

const goesOn = ({ phase, resumeAt }: ExplainedMeasurement): boolean =>
  !isCompleted(phase) && resumeAt !== undefined;
