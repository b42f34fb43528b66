import { KubernetesError, retryAfterOf } from './kubernetes-error.js';

const FIRST_MS = 250;
/** A server that refuses, or answers what can not be used, has its reason, which does not go away soon; nor do credentials come back. */
const LAST_MS = 10_000;
/** One that is not there may be back at any moment, and rollouts wait for it. */
const LAST_AWAY_MS = 2_000;

/** How long to wait until a server is asked again, ms, after `failures` in a row before this one: half of it at least, as it is spread. */
export const pauseAfter = (error: unknown, failures: number): number =>
  Math.max(
    Math.min(FIRST_MS * 2 ** failures, isAway(error) ? LAST_AWAY_MS : LAST_MS),
    2 * retryAfterOf(error),
  );

const isAway = (error: unknown): boolean =>
  error instanceof KubernetesError && (error.code === 'unreachable' || error.code === 'timeout');
