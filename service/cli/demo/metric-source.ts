import type { AnalysisTemplate, Argument } from '../../../schemas/index.js';
import type { CleanupStack } from '../../platform/index.js';
import { prometheusTemplate, statsTemplate } from './checks.js';
import type { Pace } from './pace.js';
import {
  findPrometheus,
  type PrometheusOptions,
  PrometheusStartError,
  startPrometheus,
} from './prometheus-server.js';
import type { SampleService } from './sample-service.js';

/** Where measurements come from. */
export interface MetricSource {
  /** As the story says it. */
  readonly description: string;
  readonly template: AnalysisTemplate;
  /** The arguments of the template for the version at a place. */
  argsFor(version: string, place: SampleService): readonly Argument[];
}

/** A real Prometheus when there is one on the `PATH`, else what the sample service says of itself. */
export async function openMetricSource(
  places: readonly SampleService[],
  pace: Pace,
  options: Omit<PrometheusOptions, 'program' | 'targets' | 'scrapeMs'>,
  cleanup: CleanupStack,
): Promise<MetricSource> {
  const program = await findPrometheus(options.env);
  if (program === undefined) return ownStats(pace, 'there is no Prometheus on the PATH');
  const targets = places.map(({ address }) => address);
  try {
    const address = await startPrometheus({ ...options, program, targets, scrapeMs: pace.scrapeMs }, cleanup);
    return {
      description: `a real Prometheus (${program}), which scrapes every ${pace.scrapeMs / 1_000} s`,
      template: prometheusTemplate(address, pace),
      argsFor: (version) => [{ name: 'version', value: version }],
    };
  } catch (error) {
    if (!(error instanceof PrometheusStartError)) throw error;
    return ownStats(pace, `${program} did not start: ${error.message}`);
  }
}

const ownStats = (pace: Pace, why: string): MetricSource => ({
  description: `the sample service's own /stats, through the web provider (${why})`,
  template: statsTemplate(pace),
  argsFor: (_version, { url }) => [{ name: 'stats', value: `${url}/stats` }],
});
