import type { Measurement } from '../../../schemas/index.js';
import { metricProviderKind } from '../../analysis/index.js';
import type { Tracing } from '../../platform/index.js';
import type { Measure } from '../engine.js';

/** Measures within a span each, in the trace of the run. Values are not told: only what a verdict's reader may see of it. */
export function tracedMeasure(measure: Measure, tracing: Tracing): Measure {
  return (request) => {
    const { op, metric, run, measurementNumber = 1 } = request;
    return tracing.span(
      {
        name: `${op} ${metric.metric.name}`,
        kind: 'internal',
        parent: run.traceParent,
        attributes: {
          'assay.run.id': run.id,
          'assay.run.name': run.name,
          'k8s.namespace.name': run.namespace,
          'assay.metric.name': metric.metric.name,
          'assay.metric.provider': metricProviderKind(metric.metric) ?? 'none',
          'assay.measurement.number': measurementNumber,
        },
      },
      () => measure(request),
      endOf,
    );
  };
}

const endOf = ({ phase, message }: Measurement) => ({
  attributes: { 'assay.measurement.phase': phase },
  ...(phase === 'Error' ? { error: message ?? 'the measurement is an Error' } : {}),
});
