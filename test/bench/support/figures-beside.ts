import { report } from '../figure.js';
import { percentile } from './percentile.js';

/** Tells figures of one of several systems. */
export interface Teller {
  readonly tell: (figure: string, value: number, unit: string) => void;
  /** p50 and p99 of times, ms. */
  readonly tellTimes: (figure: string, samples: readonly number[]) => void;
}

/**
 * Figures of systems that a bench measures one after the other. Those of ours, told without its name, come last, beside what
 * the system that they are compared with had.
 */
export function figuresBeside(
  bench: string,
  { ours, baseline }: { readonly ours: string; readonly baseline: string },
): (system: string) => Teller {
  const known = new Map<string, number>();
  return (system) => {
    const tell = (figure: string, value: number, unit: string): void => {
      if (system === baseline) known.set(figure, value);
      const beside = system === ours ? known.get(figure) : undefined;
      report({
        ...{ bench, value, unit },
        figure: system === ours ? figure : `${figure}: ${system}`,
        ...(beside === undefined ? {} : { baseline, ratio: value / beside }),
      });
    };
    return {
      tell,
      tellTimes(figure, samples) {
        for (const part of [0.5, 0.99]) tell(`${figure}, p${part * 100}`, percentile(samples, part), 'ms');
      },
    };
  };
}
