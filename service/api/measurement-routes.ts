import { type Request, type Response, Router } from 'express';
import {
  type AnalysisRun,
  type ExplainedMeasurement,
  type Fault,
  type ParsedDocument,
  type ProviderConfigs,
  validateDocument,
} from '../../schemas/index.js';
import { lint, type PreparedMetric, prepareRun } from '../analysis/index.js';
import { allowOnly } from './allow-only.js';
import { readDocumentFor } from './auth/index.js';
import { bodyReader } from './read-body.js';
import { invalidSpec, RequestError } from './request-error.js';

/** Takes one measurement now and explains it. Never rejects: what goes wrong is a measurement with the phase Error. */
export type MeasureOnce = (
  metric: PreparedMetric,
  run: AnalysisRun,
  signal: AbortSignal,
) => Promise<ExplainedMeasurement>;

/** What the route of measurements needs. */
export interface MeasurementRoutesDeps {
  readonly measureOnce: MeasureOnce;
  /** Servers and plugins that metrics may name. Default: they are not looked at before a measurement. */
  readonly names?: ProviderConfigs;
  /** Longest time that a measurement may take, ms. Default one minute. */
  readonly measureTimeoutMs?: number;
}

/** Measurements that are taken at once for callers who wait for them; those of runs are not among them. */
const MAX_AT_ONCE = 20;
const RETRY_AFTER_S = 1;

/** Routes of `/v1/measurements`. */
export function measurementRoutes({
  measureOnce,
  names,
  measureTimeoutMs = 60_000,
}: MeasurementRoutesDeps): Router {
  const router = Router();
  let going = 0;
  router
    .route('/')
    .post(...bodyReader(), async (request: Request, response: Response) => {
      const { metric, run } = askedMeasurement(readDocumentFor(request, 'run'), names);
      if (going >= MAX_AT_ONCE)
        throw new RequestError(429, `${MAX_AT_ONCE} measurements are being taken: try again`, {
          retryAfterS: RETRY_AFTER_S,
        });
      going += 1;
      const gone = new AbortController();
      response.on('close', () => {
        gone.abort();
      });
      const timeUp = AbortSignal.timeout(measureTimeoutMs);
      try {
        const measurement = await measureOnce(metric, run, AbortSignal.any([gone.signal, timeUp]));
        response.json(timeUp.aborted ? { ...measurement, ...overdue(measureTimeoutMs) } : measurement);
      } finally {
        going -= 1;
      }
    })
    .all(allowOnly('POST'));
  return router;
}

const overdue = (ms: number): Pick<ExplainedMeasurement, 'phase' | 'message'> => ({
  phase: 'Error',
  message: `the measurement took longer than ${ms / 1_000} s`,
});

/**
 * The metric of a request, and a run of nothing else.
 * @throws RequestError (422) with every fault.
 */
function askedMeasurement(
  { value }: ParsedDocument,
  names: ProviderConfigs | undefined,
): {
  readonly metric: PreparedMetric;
  readonly run: AnalysisRun;
} {
  const validation = validateDocument('MeasurementRequest', value);
  if (validation.value === undefined) throw invalidSpec(validation.errors);
  const { metric, args, metadata } = validation.value;
  const run: AnalysisRun = {
    kind: 'AnalysisRun',
    metadata: metadata ?? {},
    spec: { metrics: [metric], ...(args === undefined ? {} : { args }) },
  };
  const { errors } = lint(run, names === undefined ? {} : { names });
  if (errors.length > 0) throw invalidSpec(errors.map(inRequest));
  const preparation = prepareRun(run.spec);
  const prepared = preparation.ok ? preparation.run.metrics[0] : undefined;
  if (prepared === undefined)
    throw invalidSpec([{ path: 'metric', message: preparation.ok ? 'is required' : preparation.message }]);
  return { metric: prepared, run };
}

/** A fault with its path in the request instead of that in the run. */
const inRequest = ({ path, message }: Fault): Fault => ({
  path: path.replace(/^spec\.metrics\[0\]/, 'metric').replace(/^spec\./, ''),
  message,
});
