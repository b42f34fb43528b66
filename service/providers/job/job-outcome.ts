import type { JobCondition, StoredJob, StoredPod } from '../kubernetes/objects.js';

/** How a Job ended. */
export interface JobOutcome {
  readonly phase: 'Successful' | 'Failed' | 'Inconclusive';
  readonly message?: string;
}

/** Reasons of a waiting container that do not go away by waiting. */
const HOPELESS = new Set(['ErrImagePull', 'ImagePullBackOff', 'InvalidImageName']);

/**
 * How a Job ended; undefined: it goes on. The last condition of Complete and Failed counts, whatever its status, as in the
 * reference. Pods whose image can not be had make it Inconclusive: that says nothing about what was to be measured.
 */
export function jobOutcome(job: StoredJob, pods: readonly StoredPod[]): JobOutcome | undefined {
  const ended = endOf(job);
  if (ended?.type === 'Complete') return { phase: 'Successful' };
  if (ended !== undefined) {
    const message = [ended.reason, ended.message].filter((part) => part !== '').join(': ');
    return { phase: 'Failed', ...(message === '' ? {} : { message }) };
  }
  const faults = pods.flatMap(imageFaults);
  return faults.length === 0 ? undefined : { phase: 'Inconclusive', message: faults.join('') };
}

/** The condition that says how the Job ended. */
export const endOf = ({ conditions }: StoredJob): JobCondition | undefined =>
  conditions.findLast(({ type }) => type === 'Complete' || type === 'Failed');

/** One line for each container whose image can not be had. */
export const imageFaults = ({ metadata, waiting }: StoredPod): string[] =>
  waiting
    .filter(({ reason }) => HOPELESS.has(reason))
    .map(
      ({ name, reason, message }) =>
        `Pod ${metadata.name}, container ${name} has terminal error (${reason}): ${message}\n`,
    );
