import type { AnalysisRun } from '../../../schemas/index.js';
import { nextTask, prepareRun } from '../../analysis/index.js';
import type { NextMove } from './live.js';

const NOTHING: NextMove = { kind: 'nothing' };

/**
 * What each metric of a run does next, by the rules that the engine goes by. `nowMs` is epoch ms. Empty while the run
 * has not begun, and for one whose spec is not valid.
 */
export function nextMoves(run: AnalysisRun, nowMs: number): ReadonlyMap<string, NextMove> {
  const startedAt = run.status?.startedAt;
  if (startedAt === undefined) return new Map();
  const preparation = prepareRun(run.spec);
  if (!preparation.ok) return new Map();
  const results = new Map(run.status?.metricResults?.map((result) => [result.name, result]));
  const context = {
    runStartedAtMs: Date.parse(startedAt),
    nowMs,
    terminating: run.spec.terminate ?? false,
    cadence: 'fixed',
  } as const;
  return new Map(
    preparation.run.metrics.map((metric) => {
      const { name } = metric.metric;
      const task = nextTask(metric, results.get(name), context);
      if (task.kind === 'none') return [name, NOTHING];
      if (task.kind === 'wait') return [name, { kind: 'waiting', untilMs: task.untilMs }];
      return [name, { kind: 'measuring' }];
    }),
  );
}
