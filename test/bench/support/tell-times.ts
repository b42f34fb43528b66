import { report } from '../figure.js';
import { percentile } from './percentile.js';

/** Reports p50 and p99 of times, ms, each beside that of bare creations of objects. */
export function tellTimes(
  bench: string,
  way: string,
  samples: readonly number[],
  bare: readonly number[],
): void {
  for (const part of [0.5, 0.99]) {
    const value = percentile(samples, part);
    const baseline = 'a bare creation, as the same watch sees it';
    report({
      ...{ bench, figure: `${way}, p${part * 100}`, value, unit: 'ms', baseline },
      ratio: value / percentile(bare, part),
    });
  }
}
