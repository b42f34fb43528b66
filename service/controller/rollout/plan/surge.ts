import type { Scene } from './scene.js';

/** Used where the Rollout says nothing. Argo Rollouts' default lacks the `%`, and means it. */
const DEFAULT = '25%';

/** Number of pods that a number or a percentage of `replicas` stands for. A text is a percentage with or without its sign. */
export function podsOf(value: string | number, replicas: number, round: 'up' | 'down'): number {
  if (typeof value === 'number') return value;
  const percent = /^(\d+)%?$/.exec(value)?.[1];
  if (percent === undefined) return 0;
  const exact = (Number(percent) * replicas) / 100;
  return round === 'up' ? Math.ceil(exact) : Math.floor(exact);
}

/** How many pods there may be beyond the number wanted, and how many may be missing, while a canary is under way. */
export function surgeOf({ canary, blueGreen, replicas }: Scene): {
  readonly surge: number;
  readonly unavailable: number;
} {
  if (canary === undefined) {
    const unavailable = podsOf(blueGreen?.maxUnavailable ?? DEFAULT, replicas, 'down');
    return { surge: 0, unavailable: Math.min(unavailable, replicas) };
  }
  const surge = podsOf(canary.maxSurge ?? DEFAULT, replicas, 'up');
  const missing = podsOf(canary.maxUnavailable ?? DEFAULT, replicas, 'down');
  // Rounding may leave neither: then nothing could ever move.
  const unavailable = surge === 0 && missing === 0 ? 1 : missing;
  return { surge, unavailable: Math.min(unavailable, replicas) };
}
