import { createHash } from 'node:crypto';
import { ProviderError } from '../provider-error.js';

/** Label of Jobs and their pods: the id of the run. */
export const RUN_UID_LABEL = 'analysisrun.argoproj.io/uid';
/** Annotations of Jobs: where they come from. */
export const RUN_NAME_ANNOTATION = 'analysisrun.argoproj.io/name';
export const RUN_NAMESPACE_ANNOTATION = 'analysisrun.argoproj.io/namespace';
export const METRIC_NAME_ANNOTATION = 'analysisrun.argoproj.io/metric-name';

/** Longest name of a Job, and longest value of a label. */
const MAX_LENGTH = 63;

/** Characters of the digest in a name that tells long metric names apart. */
const DIGEST_LENGTH = 8;

/**
 * Name of the Job of a measurement: `<run>.<metric>.<number>`, the metric's name cut so that it has at most 63 bytes.
 * It follows from the measurement alone, so that a measurement that is begun a second time meets its own Job.
 * `distinct`: the end of a cut name is a digest of the whole, for metrics whose names begin alike; the reference has no such.
 * @throws ProviderError (`invalidSpec`) when the id of the run leaves no room.
 */
export function jobName(runId: string, metric: string, number: number, distinct = false): string {
  const room = MAX_LENGTH - Buffer.byteLength(runId) - String(number).length - 2;
  if (room < 0) {
    throw new ProviderError(
      'invalidSpec',
      `the id of the run is too long to name a Job after it: ${runId} (at most ${MAX_LENGTH - String(number).length - 3} bytes)`,
    );
  }
  if (!distinct || Buffer.byteLength(metric) <= room) return `${runId}.${startOf(metric, room)}.${number}`;
  const digest = createHash('sha256').update(metric).digest('hex').slice(0, Math.min(DIGEST_LENGTH, room));
  return `${runId}.${startOf(metric, room - digest.length)}${digest}.${number}`;
}

/** As many whole characters as fit into so many bytes. */
function startOf(text: string, bytes: number): string {
  // As if more were to come: what of a character is cut off is then left out.
  return new TextDecoder().decode(Buffer.from(text).subarray(0, bytes), { stream: true });
}
