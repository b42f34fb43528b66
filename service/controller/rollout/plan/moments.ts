import { parseGoDuration, GoDurationError } from '../../../condition/index.js';
import { fromMoment, toMoment } from '../../../analysis/index.js';

/** A time in whole seconds, as Kubernetes writes it. */
export const secondsMoment = (epochMs: number): string => toMoment(epochMs).replace(/\.\d+Z$/, 'Z');

/** Epoch ms of a time that was written by us or by Argo Rollouts; one that is no time was long ago. */
export const momentMs = (moment: string): number => fromMoment(moment) ?? 0;

/** Seconds of a pause: a number of them, as a text too, or a Go duration. Undefined: it is neither. */
export function pauseSeconds(duration: string | number): number | undefined {
  if (typeof duration === 'number') return duration;
  if (/^[+-]?\d+$/.test(duration)) return Number(duration);
  try {
    return Math.trunc(Number(parseGoDuration(duration) / 1_000_000n) / 1000);
  } catch (error) {
    if (error instanceof GoDurationError) return undefined;
    throw error;
  }
}

/** The earliest of several times; undefined: there is none. */
export function earliest(times: readonly (number | undefined)[]): number | undefined {
  const known = times.filter((time) => time !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}
