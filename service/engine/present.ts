import { assessRun, prepareRun, toMoment } from '../analysis/index.js';
import type { AnalysisRun, MetricResult } from '../../schemas/index.js';
import type { StoredRun } from './ports.js';

/** Shows a stored run as the AnalysisRun that users see: what is stored once is put together here, at each reading. */
export function present(run: StoredRun): AnalysisRun {
  const { document, completion, ending, createdAtMs } = run;
  const results = resultsOf(run);
  const shared = {
    startedAt: toMoment(createdAtMs),
    ...(results.size === 0 ? {} : { metricResults: [...results.values()] }),
  };
  if (completion !== undefined) return { ...document, status: { ...completion.status, ...shared } };

  const preparation = prepareRun(document.spec);
  // A run that goes on was prepared when it was created, so this can only be one written by another version.
  if (!preparation.ok) return { ...document, status: { phase: 'Running', ...shared } };
  const { runSummary, dryRunSummary } = assessRun(preparation.run, results, {
    terminating: ending === 'asked',
  });
  // The phase is final only once it is stored, together with the verdict.
  return { ...document, status: { phase: 'Running', runSummary, dryRunSummary, ...shared } };
}

/** Results by metric, in the order of the spec, of the series that have one. */
export function resultsOf({ series }: StoredRun): ReadonlyMap<string, MetricResult> {
  const results = new Map<string, MetricResult>();
  for (const [metric, { result }] of series) if (result !== undefined) results.set(metric, result);
  return results;
}
