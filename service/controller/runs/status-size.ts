import type { AnalysisRunStatus, MetricResult } from '../../../schemas/index.js';

/** Most bytes of a status as JSON: etcd takes 1.5 MB of an object, with its spec and all else that is kept with it. */
const MAX_BYTES = 1_000_000;
/** So few measurements fit, whatever they are: the service keeps 4,096 characters of a value, and of a message. */
const ALWAYS_FIT = 20;

/**
 * The status with as many of the latest measurements of each metric as an API server stores: it would refuse a larger one, and
 * the verdict with it. The service has them all.
 */
export function fitting(status: AnalysisRunStatus): AnalysisRunStatus {
  const { metricResults = [] } = status;
  const counts = metricResults.map(({ measurements = [] }) => measurements.length);
  if (counts.reduce((sum, count) => sum + count, 0) <= ALWAYS_FIT) return status;
  let fitted = status;
  for (let kept = Math.max(...counts); kept > 0 && !isSmall(fitted); ) {
    kept = Math.floor(kept / 2);
    fitted = { ...status, metricResults: metricResults.map((result) => withLatest(result, kept)) };
  }
  return fitted;
}

const isSmall = (status: AnalysisRunStatus): boolean =>
  Buffer.byteLength(JSON.stringify(status)) <= MAX_BYTES;

function withLatest(result: MetricResult, kept: number): MetricResult {
  const { measurements = [] } = result;
  if (measurements.length <= kept) return result;
  return { ...result, measurements: measurements.slice(measurements.length - kept) };
}
