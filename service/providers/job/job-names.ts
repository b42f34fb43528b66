import { ProviderError } from '../provider-error.js';

/** Label of Jobs and their pods: the id of the run. */
export const RUN_UID_LABEL = 'analysisrun.argoproj.io/uid';
/** Annotations of Jobs: where they come from. */
export const RUN_NAME_ANNOTATION = 'analysisrun.argoproj.io/name';
export const RUN_NAMESPACE_ANNOTATION = 'analysisrun.argoproj.io/namespace';
export const METRIC_NAME_ANNOTATION = 'analysisrun.argoproj.io/metric-name';

/** Longest name of a Job, and longest value of a label. */
const MAX_LENGTH = 63;

/**
 * Name of the Job of a measurement: `<run>.<metric>.<number>`, the metric's name cut so that it has at most 63 bytes.
 * It follows from the measurement alone, so that a measurement that is begun a second time meets its own Job.
 * @throws ProviderError (`invalidSpec`) when the id of the run leaves no room.
 */
export function jobName(runId: string, metric: string, number: number): string {
  const room = MAX_LENGTH - Buffer.byteLength(runId) - String(number).length - 2;
  if (room < 0) {
    throw new ProviderError(
      'invalidSpec',
      `the id of the run is too long to name a Job after it: ${runId} (at most ${MAX_LENGTH - String(number).length - 3} bytes)`,
    );
  }
  return `${runId}.${Buffer.from(metric).subarray(0, room).toString('utf8')}.${number}`;
}
