import { loadavg } from 'node:os';

/** One measured number, as a bench prints it. */
export interface Figure {
  /** Name of the bench: the NAME of `npm run bench -- NAME`. */
  readonly bench: string;
  /** What was measured, in words. */
  readonly figure: string;
  readonly value: number;
  readonly unit: string;
  /** What the same run measured beside it, to compare with on any machine. */
  readonly baseline?: string;
  /** `value` divided by the baseline's. */
  readonly ratio?: number;
}

/** Prints a figure as one line of JSON, so that runs can be kept and compared; `load` is the machine's of the last minute. */
export function report({ value, ratio, ...figure }: Figure): void {
  const load = loadavg()[0] ?? Number.NaN;
  const line = {
    ...figure,
    value: rounded(value),
    ...(ratio === undefined ? {} : { ratio: rounded(ratio) }),
    load: rounded(load),
  };
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

/** Four digits: no figure of a bench is good to more. */
const rounded = (value: number): number => Number(value.toPrecision(4));
