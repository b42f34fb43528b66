import type { Request } from 'express';
import type { AnalysisRun } from '../../schemas/index.js';
import { TRACE_ANNOTATION, type Tracing } from '../platform/index.js';
import type { AskedRun } from './asked-run.js';

/** What came of asking for a run. */
interface Created {
  readonly created: boolean;
  readonly run: AnalysisRun;
}

/**
 * Creates the run within a span of the caller's trace, and has the run keep its place in it: measurements and webhooks, in
 * whatever process, then belong to the same trace. A run that brought a place with it keeps that.
 */
export function createTraced(
  request: Request,
  asked: AskedRun['run'],
  tracing: Tracing,
  create: (run: AskedRun['run']) => Promise<Created>,
): Promise<Created> {
  const brought = asked.metadata?.annotations?.[TRACE_ANNOTATION];
  const { name = '', namespace = '' } = asked.metadata ?? {};
  return tracing.span(
    {
      name: `${request.method} /v1/analysisruns`,
      kind: 'server',
      parent: brought ?? request.get('traceparent'),
      attributes: { 'assay.run.name': name, 'k8s.namespace.name': namespace },
    },
    (traceParent) => create(withTraceParent(asked, traceParent)),
    ({ created, run }) => ({
      attributes: { 'assay.run.id': run.metadata?.uid ?? '', 'assay.run.created': created },
    }),
  );
}

function withTraceParent(run: AskedRun['run'], traceParent: string | undefined): AskedRun['run'] {
  if (traceParent === undefined) return run;
  const { metadata = {} } = run;
  return {
    ...run,
    metadata: { ...metadata, annotations: { ...metadata.annotations, [TRACE_ANNOTATION]: traceParent } },
  };
}
