import { type AnalysisRun, nearMiss } from '../../../schemas/index.js';
import { matchDryRun, matchRetention } from '../../analysis/index.js';
import { usageError } from '../exit-code.js';

/**
 * The run with the named metrics only; none named: all. Rules for metrics that are left out go with them, as a rule
 * that matches nothing is a fault.
 * @throws CliError (64) naming every metric that there is not.
 */
export function chosenMetrics(run: AnalysisRun, names: readonly string[]): AnalysisRun {
  if (names.length === 0) return run;
  const known = run.spec.metrics.map(({ name }) => name);
  const faults = names
    .filter((name) => !known.includes(name))
    .map((name) => {
      const meant = nearMiss(name, known);
      return `--metric ${name}: there is no such metric: ${meant === undefined ? `there are ${known.join(', ')}` : `did you mean ${meant}?`}`;
    });
  if (faults.length > 0) throw usageError(faults.join('\n'));
  const { dryRun, measurementRetention, ...spec } = run.spec;
  const metrics = spec.metrics.filter(({ name }) => names.includes(name));
  return {
    ...run,
    spec: {
      ...spec,
      metrics,
      ...(dryRun === undefined ? {} : { dryRun: dryRun.filter((rule) => matchDryRun([rule], metrics).ok) }),
      ...(measurementRetention === undefined
        ? {}
        : {
            measurementRetention: measurementRetention.filter((rule) => matchRetention([rule], metrics).ok),
          }),
    },
  };
}
